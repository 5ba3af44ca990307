"""The rules of the house that no linter knows, each shown able to fail.

Which package may import which is checked by import-linter (``make check``); the rules here read the source.
A rule is a function from a module's syntax tree to its offences, with a snippet it must refuse and one it must let
pass, so a rule that has gone blind fails too.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

import attrs
import pytest

ROOT = Path(__file__).resolve().parent.parent
DESIGNER = ROOT / "designer"

Offences = Iterator[tuple[ast.AST, str]]


@cache
def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


@cache
def _nodes(tree: ast.AST) -> tuple[ast.AST, ...]:
    """All of a tree: nearly every rule goes through it."""
    return tuple(ast.walk(tree))


def _name(node: ast.AST) -> str:
    """Last part of a dotted name: ``layer`` of ``self.node.layer``."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _calls(tree: ast.AST, names: Iterable[str]) -> Iterator[ast.Call]:
    wanted = set(names)
    for node in _nodes(tree):
        if isinstance(node, ast.Call) and _name(node.func) in wanted:
            yield node


def _texts(node: ast.AST) -> Iterator[str]:
    """Literal words of an expression; what stands inside a call is that call's business."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield from (part.value for part in node.values if isinstance(part, ast.Constant))
    elif isinstance(node, ast.BinOp):
        yield from _texts(node.left)
        yield from _texts(node.right)
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)


@cache
def _layer_classes() -> frozenset[str]:
    return frozenset(
        node.name
        for file in (DESIGNER / "layers").glob("*.py")
        for node in _nodes(_tree(file))
        if isinstance(node, ast.ClassDef)
    )


def asks_for_a_layer_class(tree: ast.Module) -> Offences:
    classes = _layer_classes()
    for call in _calls(tree, ["isinstance", "issubclass"]):
        asked = {_name(node) for node in ast.walk(call.args[1])}
        if _name(call.args[0]) == "layer" or asked & classes:
            yield call, "asks what class a layer is; let the layer declare the fact you need"


def compares_kinds(tree: ast.Module) -> Offences:
    def is_kind(node: ast.AST) -> bool:
        of_numpy = isinstance(node, ast.Attribute) and _name(node.value) == "dtype"
        return _name(node) == "kind" and not of_numpy

    for node in _nodes(tree):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            parts = [part for side in sides for part in ast.walk(side) if isinstance(part, ast.Constant)]
            offends = any(isinstance(part.value, str) for part in parts) and any(map(is_kind, sides))
        else:
            offends = isinstance(node, ast.Match) and is_kind(node.subject)
        if offends:
            yield node, "compares kinds; let the layer declare the fact you need"


def tells_operations_apart(tree: ast.Module) -> Offences:
    operations = {
        alias.asname or alias.name
        for node in _nodes(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "designer.layer_api.operation"
        for alias in node.names
    }
    asked = [node.cls for node in _nodes(tree) if isinstance(node, ast.MatchClass)]
    asked += [call.args[1] for call in _calls(tree, ["isinstance", "issubclass"])]
    for node in asked:
        if operations & {_name(part) for part in ast.walk(node)}:
            yield node, "asks which operation it is; designer/engine/compile/wiring.py says what becomes of each"


def formats_before_translating(tree: ast.Module) -> Offences:
    for call in _calls(tree, ["_", "N_", "ngettext"]):
        for argument in call.args[: 2 if _name(call.func) == "ngettext" else 1]:
            if isinstance(argument, ast.JoinedStr | ast.BinOp) or any(_calls(argument, ["format"])):
                yield call, 'no catalogue can contain a formatted text: write _("… {name}").format(name=…)'


_FILLERS = frozenset(
    re.findall("[a-z]+", "a all an and are as at be by for in is it its no of on one that the this to with yes")
)
_CODE_OR_NUMBERS = re.compile(r"[`(\d×→]")


def _words(text: str) -> list[str]:
    """The words of a text without fillers and endings."""
    words = re.findall("[a-z]+", text.lower())
    return [re.sub(r"(ings?|ed|es|s|e)$", "", word) for word in words if word not in _FILLERS]


def documents_nothing(tree: ast.Module) -> Offences:
    """One line of at most two words, or of no word that the name does not have."""
    for node in _nodes(tree):
        text = ast.get_docstring(node) if isinstance(node, ast.FunctionDef | ast.ClassDef) else None
        if text is None or "\n" in text or _CODE_OR_NUMBERS.search(text):
            continue
        name = set(_words(re.sub("([A-Z])", r" \1", node.name.replace("_", " "))))
        if len(text.split()) <= 2 or set(_words(text)) <= name:
            yield node, f"{text!r} says nothing; say why, or inherit the docstring"


def opens_a_message_box(tree: ast.Module) -> Offences:
    for node in _nodes(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.ImportFrom) else [_name(node)]
        if "QMessageBox" in names:
            yield node, "QMessageBox belongs to designer/ui/shell/notifications.py; everything else is a notice"


def pumps_events(tree: ast.Module) -> Offences:
    for call in _calls(tree, ["processEvents"]):
        yield call, "processEvents() lets anything happen in the middle of a function; use a worker or a signal"


def package_holds_code(tree: ast.Module) -> Offences:
    if ast.get_docstring(tree) is None:
        yield tree, "says what belongs in the package and what may not, in one docstring"
    for node in tree.body[1:]:
        yield node, "a package's __init__.py holds only its docstring"


TEXT_SETTERS = (
    "setText",
    "setWindowTitle",
    "setTitle",
    "setToolTip",
    "setStatusTip",
    "setWhatsThis",
    "setPlaceholderText",
    "setSuffix",
    "setPrefix",
    "setAccessibleName",
    "setAccessibleDescription",
    "setSpecialValueText",
    "setHeaderLabels",
    "setInformativeText",
    "addMenu",
    "addTab",
    "addRow",
    "showMessage",
    "setTabText",
    "setItemText",
    "QLabel",
    "QPushButton",
    "QToolButton",
    "QAction",
    "QCheckBox",
    "QRadioButton",
    "QGroupBox",
    "QDockWidget",
    "QMenu",
)


def shows_untranslated_text(tree: ast.Module) -> Offences:
    for call in _calls(tree, TEXT_SETTERS):
        for argument in call.args:
            words = [text for text in _texts(argument) if re.search(r"[^\W\d_]{3}", text)]
            if words:
                yield call, f"a reader sees {words[0]!r}; pass it through _()"


def declares_untranslated_text(tree: ast.Module) -> Offences:
    for node in _nodes(tree):
        keywords = node.keywords if isinstance(node, ast.Call) else []
        for keyword in keywords:
            if keyword.arg in ("label", "help") and any(_texts(keyword.value)):
                yield node, f"{keyword.arg}= is read by people; mark it with N_()"


def keeps_state_in_the_module(tree: ast.Module) -> Offences:
    for node in _nodes(tree):
        if isinstance(node, ast.Global):
            yield node, "a module keeps no state; give it to an object that somebody owns"
    for node in tree.body:
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        empty = isinstance(value, ast.List | ast.Set) and not value.elts
        empty |= isinstance(value, ast.Dict) and not value.keys
        made = isinstance(value, ast.Call) and _name(value.func) in (
            *("list", "dict", "set", "deque", "defaultdict", "OrderedDict", "Counter"),
            *("WeakKeyDictionary", "WeakValueDictionary"),
        )
        if empty or (made and not value.args):
            yield node, "an empty container at module level waits to be filled; give it to an object"


def names_the_catalogue(tree: ast.Module) -> Offences:
    docstrings = {
        id(node.body[0].value)
        for node in _nodes(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node)
    }
    for node in _nodes(tree):
        literal = isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings
        if literal and node.value.startswith("designer.layers"):
            yield node, "the catalogue is reached through designer.layer_api.registry"


def declares_a_dict_signal(tree: ast.Module) -> Offences:
    for call in _calls(tree, ["Signal"]):
        if any(_name(argument) in ("dict", "list") for argument in call.args):
            yield call, "PySide6 converts the contents of a dict or list on the way; declare Signal(object)"


def sleeps(tree: ast.Module) -> Offences:
    for call in _calls(tree, ["sleep", "qWait", "msleep"]):
        yield call, "waits for time to pass; wait for what happens: waitSignal, waitUntil"
    for call in _calls(tree, ["wait"]):
        if isinstance(call.func, ast.Attribute) and _name(call.func.value) == "qtbot":
            yield call, "waits for time to pass; wait for what happens: waitSignal, waitUntil"


def has_a_name_that_says_nothing(tree: ast.Module) -> Offences:
    for node in _nodes(tree):
        if isinstance(node, ast.ClassDef):
            words = {word.lower() for word in re.findall(r"[A-Z][a-z]+", node.name)}
            if words & {"data", "info", "manager", "util", "utils", "helper", "helpers", "misc"}:
                yield node, f"{node.name}: say what it is in the field's own words"


def imports_qt(tree: ast.Module) -> Offences:
    for node in _nodes(tree):
        modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        modules += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        if {module.partition(".")[0] for module in modules} & {"PySide6", "shiboken6", "pyqtgraph"}:
            yield node, "Qt lives in designer/ui and designer/app.py; a headless command starts without it"


def watches_the_palette(tree: ast.Module) -> Offences:
    for node in _nodes(tree):
        if isinstance(node, ast.Attribute) and node.attr in ("PaletteChange", "ApplicationPaletteChange"):
            yield node, "what must be drawn anew is said in _apply_theme of a FollowsTheme"


LINES_OF_A_FUNCTION = 60
LINES_OF_A_FILE = 400


def emits_a_model_signal(tree: ast.Module) -> Offences:
    owners = {"session", "_session", "document", "bridge", "_bridge"}
    for call in _calls(tree, ("emit",)):
        signal = call.func.value if isinstance(call.func, ast.Attribute) else None
        if isinstance(signal, ast.Attribute) and _name(signal.value) in owners:
            yield call, f"{_name(signal.value)}.{signal.attr}: only the model tells of itself; ask it by a method"


def grows_too_long(tree: ast.Module) -> Offences:
    last = max((node.end_lineno for node in tree.body), default=0)
    if last > LINES_OF_A_FILE:
        yield tree, f"{last} lines; about 300 is the size to split at, along a seam that has a name"
    for node in _nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
            lines = node.end_lineno - first.lineno + 1
            if lines > LINES_OF_A_FUNCTION:
                yield node, f"{node.name}: {lines} lines; about 40 is the size to split at"


@attrs.frozen
class Rule:
    """One rule: who breaks it, where it holds, and snippets that prove it sees."""

    offences: Callable[[ast.Module], Offences]
    bad: tuple[str, ...]
    good: str
    where: str = "designer/**/*.py"
    but_not: tuple[str, ...] = ()

    def files(self) -> list[Path]:
        """The files the rule holds for."""
        excluded = {file for pattern in self.but_not for file in ROOT.glob(pattern)}
        return [file for file in sorted(ROOT.glob(self.where)) if file not in excluded]


RULES = [
    Rule(
        documents_nothing,
        bad=(
            'def is_odd(n):\n    """Yes."""',
            'def select(self):\n    """Select."""',
            'class MapPicture:\n    """The picture of a map."""',
        ),
        good='def caption():\n    """``6 @ 5×5``."""\ndef close(self):\n    """Wait for the thread to end."""',
    ),
    Rule(
        asks_for_a_layer_class,
        bad=("if isinstance(node.layer, Window): pass", "isinstance(node, Conv2D | MaxPool2D)"),
        good="if isinstance(value, int | Layer): pass",
        but_not=("designer/layers/*.py",),
    ),
    Rule(
        compares_kinds,
        bad=('node.kind in ("conv2d", "add")', 'kind == "conv2d"', 'match node.kind:\n    case "conv2d": pass'),
        good='unsigned = array.dtype.kind == "u"; same = a.kind == b.kind; known = kind in registry',
        but_not=("designer/layers/*.py",),
    ),
    Rule(
        tells_operations_apart,
        bad=(
            "from designer.layer_api.operation import Sum, Plain\nisinstance(operation, Sum | Identity)",
            "from designer.layer_api.operation import Plain as P\nmatch value:\n    case P(True): pass",
        ),
        good="from designer.layer_api.operation import Sum\nfrom pictures import Prepared\n"
        "match event:\n    case Prepared(): Sum()",
        but_not=("designer/engine/compile/wiring.py",),
    ),
    Rule(
        formats_before_translating,
        bad=('_(f"Save {name}")', 'N_("Save " + name)', 'ngettext("a", "{n} b".format(n=2), 2)'),
        good='_("Save {name}").format(name=name); _(label); ngettext("{n} layer", "{n} layers", n).format(n=n)',
    ),
    Rule(
        opens_a_message_box,
        bad=("from PySide6.QtWidgets import QMessageBox", "QtWidgets.QMessageBox.warning(self)"),
        good="from PySide6.QtWidgets import QLabel",
        but_not=("designer/ui/shell/notifications.py",),
    ),
    Rule(
        imports_qt,
        bad=("def f():\n    from PySide6.QtCore import Qt", "import pyqtgraph as pg"),
        good="import numpy\nfrom designer.graph import design",
        where="designer/*.py",
        but_not=("designer/app.py",),
    ),
    Rule(
        watches_the_palette,
        bad=("def changeEvent(self, event):\n    if event.type() == QEvent.Type.PaletteChange: self.draw()",),
        good="CHANGES = FollowsTheme.CHANGES | {QEvent.Type.FontChange}",
        but_not=("designer/ui/widgets/follows_theme.py",),
    ),
    Rule(pumps_events, bad=("QApplication.processEvents()",), good="QApplication.exec()"),
    Rule(
        package_holds_code,
        bad=('"""Kernels."""\nfrom designer.kernels.conv import conv', ""),
        good='"""Kernels."""',
        where="designer/*/**/__init__.py",
    ),
    Rule(
        shows_untranslated_text,
        bad=('button.setText(f"Run {n}")', 'QLabel("Kernel" if long else "K", self)'),
        good='button.setText(_("Run")); QLabel("×"); label.setText(f"{n} B"); button.setText(name)',
        where="designer/ui/**/*.py",
    ),
    Rule(
        declares_untranslated_text,
        bad=('integer(16, label="Filters", help=N_("Number of maps"))',),
        good='integer(16, label=N_("Filters"), help=N_("Number of maps"))',
        where="designer/layers/*.py",
    ),
    Rule(
        keeps_state_in_the_module,
        bad=("_cache: dict[str, int] = {}", "seen = set()", "def f():\n    global seen"),
        good='NAMES = {"a": 1}; SIZES = frozenset(); total = sum([])',
        but_not=("designer/layer_api/registry.py",),
    ),
    Rule(
        names_the_catalogue,
        bad=('import_module("designer.layers.conv")',),
        good='"""Layers live in designer.layers."""\nimport_module("designer.kernels")',
        but_not=("designer/layer_api/registry.py",),
    ),
    Rule(declares_a_dict_signal, bad=("changed = Signal(dict)",), good="changed = Signal(object)"),
    Rule(
        sleeps,
        bad=("time.sleep(0.1)", "qtbot.wait(50)", "QTest.qWait(50)"),
        good="thread.wait()\nqtbot.waitUntil(done)",
        where="tests/**/*.py",
    ),
    Rule(
        emits_a_model_signal,
        bad=(
            "self._session.run_wanted.emit()",
            "session.document.changed.emit(change)",
            "bridge.analysed.emit(report)",
        ),
        good="self.run_requested.emit(); self._session.want_run()",
        where="designer/ui/**/*.py",
    ),
    Rule(has_a_name_that_says_nothing, bad=("class LayerManager: pass",), good="class DatabaseOfLayers: pass"),
    Rule(
        grows_too_long,
        bad=("def f():\n" + "    x = 1\n" * (LINES_OF_A_FUNCTION + 1), "x = 1\n" * (LINES_OF_A_FILE + 1)),
        good='def f():\n    """' + "word\n" * LINES_OF_A_FUNCTION + '"""\n    return 1\n',
    ),
]
BY_NAME = {"argvalues": RULES, "ids": [rule.offences.__name__ for rule in RULES]}


@pytest.mark.parametrize("rule", **BY_NAME)
def test_no_file_breaks_the_rule(rule):
    broken = [
        f"{file.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}: {why}"
        for file in rule.files()
        for node, why in rule.offences(_tree(file))
    ]
    assert not broken, "\n" + "\n".join(broken)


@pytest.mark.parametrize("rule", **BY_NAME)
def test_the_rule_sees_an_offence(rule):
    assert [snippet for snippet in rule.bad if not any(rule.offences(ast.parse(snippet)))] == []


@pytest.mark.parametrize("rule", **BY_NAME)
def test_the_rule_lets_honest_code_pass(rule):
    assert list(rule.offences(ast.parse(rule.good))) == []


@pytest.mark.parametrize("rule", **BY_NAME)
def test_the_rule_holds_somewhere(rule):
    assert rule.files()


def test_layer_classes_are_found():
    assert {"Conv2D", "MaxPool2D", "Dense"} <= _layer_classes()


def test_no_module_has_a_name_that_says_nothing():
    nothing = {"data", "info", "manager", "util", "utils", "helper", "helpers", "misc", "common"}
    assert [file for file in DESIGNER.rglob("*.py") if nothing & set(file.stem.split("_"))] == []


def test_top_level_is_fixed():
    """A new folder at top level is a decision, not an accident."""
    allowed = {"designer", "resources", "tests", "benchmarks", "docs", "build", "dist", "node_modules"}
    folders = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")}
    assert {name for name in folders if not name.endswith((".egg-info", "__pycache__"))} <= allowed


def test_the_map_shows_what_is_there():
    text = (DESIGNER / "README.md").read_text(encoding="utf-8")
    paths = re.findall(r"`([a-z_0-9]+(?:/[a-z_0-9]+)*(?:/|\.py))`", text)
    assert len(paths) > 20
    assert [path for path in paths if not any((base / path).exists() for base in (DESIGNER, ROOT))] == []


def test_the_map_shows_every_package():
    text = (DESIGNER / "README.md").read_text(encoding="utf-8")
    packages = [path.name for path in DESIGNER.iterdir() if (path / "__init__.py").exists()]
    assert [name for name in packages if f"`{name}`" not in text] == []
