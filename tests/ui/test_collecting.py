"""Full searches for garbage wait for a moment in which nothing goes on."""

from __future__ import annotations

import gc
import weakref

import pytest
from PySide6.QtCore import QObject

from designer.ui import collecting
from designer.ui.collecting import DUE, IdleCollection

YOUNG = 1
"""A search among new objects; Python counts them towards the next full one."""


class Knot:
    """Refers to itself, so that only a search finds it."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture
def clock(monkeypatch):
    """Seconds that processors have worked for the process."""
    spent = [0.0]
    monkeypatch.setattr(collecting.time, "process_time", lambda: spent[0])
    return spent


@pytest.fixture
def collection(qapp, clock):
    before = gc.get_threshold()
    gc.collect()
    owner = QObject()
    yield IdleCollection(owner)
    owner.deleteLater()
    del owner
    qapp.sendPostedEvents(None, 52)  # QEvent.Type.DeferredDelete
    gc.collect()
    assert gc.get_threshold() == before


def old_knot() -> weakref.ref[Knot]:
    """Garbage that searches among new objects no longer look at."""
    knot = Knot()
    gone = weakref.ref(knot)
    gc.collect(YOUNG)
    del knot
    for _search in range(DUE + 1):
        gc.collect(YOUNG)
    assert gone() is not None
    return gone


def test_python_makes_no_full_search_by_itself(collection):
    assert gc.isenabled()
    gone = old_knot()
    objects = [[number] for number in range(200_000)]
    assert gone() is not None
    assert len(objects) == 200_000


def test_it_is_made_when_nothing_goes_on(collection):
    gone = old_knot()
    collection.look()
    assert gone() is None


def test_not_while_a_thread_is_busy(collection, clock):
    gone = old_knot()
    clock[0] += 0.5
    collection.look()
    assert gone() is not None
    collection.look()
    assert gone() is None, "half a second later it has its moment"


def test_not_for_few_objects(collection):
    gone = old_knot()
    gc.collect()
    assert gone() is None
    searches = []
    gc.callbacks.append(lambda phase, found: searches.append((phase, found["generation"])))
    try:
        collection.look()
    finally:
        gc.callbacks.pop()
    assert searches == []


def test_where_there_is_never_a_moment_it_is_made_all_the_same(collection, clock, monkeypatch):
    monkeypatch.setattr(collecting, "OVERDUE", DUE)
    gone = old_knot()
    clock[0] += 0.5
    collection.look()
    assert gone() is None
