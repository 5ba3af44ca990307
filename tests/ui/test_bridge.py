"""The session's signals as Qt signals."""

from __future__ import annotations

import pytest
import shiboken6
from psygnal import Signal as ModelSignal
from PySide6.QtCore import SignalInstance

from designer.gallery.lenet import lenet5
from designer.graph.edits import Rename
from designer.session.session import Session
from designer.session.signals import SessionSignals
from designer.ui.bridge import Bridge

DECLARED = [name for name, value in vars(SessionSignals).items() if isinstance(value, ModelSignal)]


def test_a_session_declares_signals():
    assert {"changed", "analysed", "selection_changed", "file_changed"} <= set(DECLARED)


@pytest.mark.parametrize("name", DECLARED)
def test_every_signal_of_the_session_is_passed_on_with_its_arguments(name, qapp):
    session = Session(lenet5())
    bridge = Bridge(session)
    received = []
    signal = getattr(bridge, name)
    assert isinstance(signal, SignalInstance)
    signal.connect(lambda *arguments: received.append(arguments))
    source = getattr(session, name)
    wanted = [object() for _parameter in source.signature.parameters]
    source.emit(*wanted, check_types=False)
    assert len(received) == 1
    assert len(received[0]) == len(wanted)
    assert all(got is sent for got, sent in zip(received[0], wanted, strict=True))


def test_the_contents_of_a_dict_arrive(qapp):
    session = Session(lenet5())
    bridge = Bridge(session)
    received = []
    bridge.probed.connect(received.append)
    contents = {("a", 1): object()}
    session.probed.emit(contents)
    assert received == [contents]
    assert received[0] is contents


def test_a_bridge_that_is_destroyed_hears_nothing_more(qapp):
    session = Session(lenet5())
    bridge = Bridge(session)
    received = []
    bridge.changed.connect(received.append)
    assert all(len(getattr(session, name)) == 1 for name in DECLARED)
    shiboken6.delete(bridge)
    assert all(len(getattr(session, name)) == 0 for name in DECLARED)
    session.do(Rename("conv1", "first"))
    assert received == []
