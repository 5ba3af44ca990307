"""Execute what layers become in PyTorch or Keras, for as long as there are lines on stdin.

A script of its own: it runs in another Python than the tests, without Netdraft. A line is the path of an ``.npz`` with
the calls as JSON under ``cases`` and every array as ``number/name``; the answer is one line of JSON with an error or
null for each case, and the outputs beside the question, as ``number/output`` in the same path with ``.out.npz``. For a
case with ``number/gradient``, that of the output, PyTorch answers with the gradients of inputs and weights instead.

    /usr/bin/python3 peer_server.py torch
    .peers/keras/bin/python peer_server.py keras
"""

from __future__ import annotations

import json
import os
import sys
import warnings

import numpy as np


def torch_rules():
    """Names that calls begin with, and how arrays and weights are handed over."""
    import torch

    torch.set_num_threads(1)
    torch.set_grad_enabled(False)

    def build(make, call, weights):
        module = make(*call["arguments"], **call["keywords"]).eval()
        state = {name: torch.from_numpy(weights[name]) for name in call["weights"]}
        own = {name for name in module.state_dict() if name != "num_batches_tracked"}
        assert own == set(state), f"{call['name']} has {sorted(own)}, not {sorted(state)}"
        module.load_state_dict(state, strict=False)
        return module

    return {"nn": torch.nn, "torch": torch}, build, torch.from_numpy


def keras_rules():
    """The same for Keras."""
    # Every case has another shape: XLA compiles it for one run, so without optimising it.
    os.environ.update(KERAS_BACKEND="jax", JAX_PLATFORMS="cpu", XLA_FLAGS="--xla_backend_optimization_level=0")
    warnings.filterwarnings("ignore", "You are using a softmax over axis -1")
    import keras

    def build(make, call, weights):
        layer = make(*call["arguments"], **call["keywords"])

        def applied(inputs):
            if call["weights"]:
                layer.build(inputs.shape)
            assert len(layer.weights) == len(call["weights"]), f"{call['name']} has {layer.weights}"
            for variable in call["weights"]:
                getattr(layer, variable).assign(weights[variable])
            return layer(inputs)

        return applied

    return {"layers": keras.layers, "ops": keras.ops}, build, keras.ops.convert_to_tensor


def tuples(value):
    """JSON's lists as the tuples they were."""
    if isinstance(value, list):
        return tuple(tuples(entry) for entry in value)
    return value


def execute(calls, arrays, rules):
    """Output of the last call, under its name."""
    tensor = rules[2]
    values = {name: tensor(array) for name, array in arrays.items() if name.startswith("input")}
    return {"output": compute(calls, arrays, rules, values)}


def torch_gradients(calls, arrays, rules):
    """What ``arrays["gradient"]`` of the output becomes at each input and each parameter, by their names."""
    import torch

    names, build, tensor = rules
    leaves = {name: tensor(array).requires_grad_() for name, array in arrays.items() if name.startswith("input")}

    def kept(make, call, weights):
        module = build(make, call, weights)
        leaves.update(module.named_parameters())
        return module

    for call in calls:
        if not call["is_module"]:
            leaves.update({name: tensor(arrays[name]).requires_grad_() for name in call["weights"]})
    with torch.enable_grad():
        compute(calls, arrays, (names, kept, tensor), dict(leaves)).backward(tensor(arrays["gradient"]))
    return {name: leaf.grad.numpy() for name, leaf in leaves.items()}


def compute(calls, arrays, rules, values):
    """Output of the last call; ``values`` are the inputs, to which it adds what the others give."""
    names, build, tensor = rules
    for call in calls:
        call["arguments"] = tuples(call["arguments"])
        call["keywords"] = {name: tuples(value) for name, value in call["keywords"].items()}
        place, _, attribute = call["name"].partition(".")
        make = getattr(names[place], attribute)
        # A constant is an input like any other.
        values.update({name: tensor(arrays[name]) for name in call["inputs"] if name not in values})
        inputs = [values[name] for name in call["inputs"]]
        inputs = [inputs] if call["as_list"] else inputs
        if call["is_module"]:
            values[call["output"]] = build(make, call, arrays)(*inputs)
        else:
            values[call["output"]] = make(*inputs, *call["arguments"], **call["keywords"])
    return values["output"]


def main():
    """Answer one batch of cases after the other."""
    rules = {"torch": torch_rules, "keras": keras_rules}[sys.argv[1]]()
    for line in sys.stdin:
        path = line.strip()
        with np.load(path, allow_pickle=False) as question:
            cases = json.loads(str(question["cases"]))
            arrays = [{} for _case in cases]
            for key in question.files:
                number, _, name = key.partition("/")
                if name:
                    arrays[int(number)][name] = question[key]
        errors, outputs = [], {}
        for number, calls in enumerate(cases):
            try:
                answer = torch_gradients if "gradient" in arrays[number] else execute
                for name, array in answer(calls, arrays[number], rules).items():
                    outputs[f"{number}/{name}"] = np.asarray(array)
                errors.append(None)
            except Exception as error:  # noqa: BLE001 - whatever the framework raises is the answer
                errors.append(f"{type(error).__name__}: {error}")
        np.savez(path + ".out.npz", **outputs)
        sys.stdout.write(json.dumps(errors) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
