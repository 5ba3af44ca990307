"""Floor 2. The catalogue: one file per layer or tight family. A new layer type is one copied file.

Belongs here: the facts of a layer (fields, shapes, weights, window, MACs, formulas, forward pass, exports).
Does not: an import of another layer (what several files share is a family in ``designer.layer_api``), a framework, or
Qt. Nobody imports from here; ask ``designer.layer_api.registry``.
"""
