"""Every public method is documented where it is declared first; what overrides it may inherit that."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from types import FunctionType

import designer


def undocumented(cls: type) -> list[str]:
    """Public methods and properties of a class that have no docstring and override nothing."""
    return [
        f"{cls.__module__}.{cls.__qualname__}.{name}"
        for name, member in vars(cls).items()
        if isinstance(member, FunctionType | classmethod | staticmethod | property)
        and not name.startswith("_")
        and not member.__doc__
        and not any(hasattr(base, name) for base in cls.__mro__[1:])
    ]


def classes() -> list[type]:
    """The classes of the program, those of the window included."""
    found = []
    for entry in pkgutil.walk_packages(designer.__path__, "designer."):
        module = importlib.import_module(entry.name)
        found += [
            value
            for value in vars(module).values()
            if inspect.isclass(value) and value.__module__ == entry.name and not value.__name__.startswith("_")
        ]
    return found


def test_every_public_method_is_documented(qapp):
    everything = classes()
    assert len(everything) > 300
    assert [name for cls in everything for name in undocumented(cls)] == []


def test_a_new_method_wants_a_docstring_and_an_override_does_not():
    class Base:
        def old(self):
            """Documented here."""

    class Derived(Base):
        def old(self): ...

        def new(self): ...

        @property
        def fact(self): ...

    assert [name.rpartition(".")[2] for name in undocumented(Derived)] == ["new", "fact"]
