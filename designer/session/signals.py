"""What a session tells, in which order."""

from __future__ import annotations

from psygnal import Signal

from designer.analysis.analyse import Settings
from designer.analysis.report import Report
from designer.engine.execute.profile import RunProfile
from designer.engine.options import EngineOptions
from designer.graph.document import Change
from designer.session.notices import Notice
from designer.session.runs import RunState
from designer.session.signal_queue import SignalQueue


class SessionSignals:
    """The signals of a session.

    They are sent after a change is complete: design, report, selection, keys and images already belong together
    when the first one goes out. What a listener changes in answer takes effect at once and is sent after what waits,
    so the session may be ahead of a signal's argument, but never at odds with itself. The signals of one change come
    in the order of this list; those that tell of nothing new are left out.

    Signals
    -------
    run_changed(RunState)
        A run was stopped by the change, or tells how far it is.
    settings_changed(Settings)
    changed(Change)
        The design is another.
    probed(Probe or None)
        What is pointed at; nothing any more after every change that the receptive field depends on.
    analysed(Report)
        The numbers are others; after every change that is more than moving, and at new settings.
    selection_changed(tuple of ids)
        The last id is the current node.
    picture_changed()
    results_changed(frozenset of ids)
        Maps that a run has brought, or every node when the picture or its preparation is another. After ``analysed``
        all maps may be other ones too: views ask :meth:`result` again.
    run_wanted()
        Maps are missing: something they depend on has changed, or the current node's were not kept. The window starts
        a job when no edit has come for a moment.
    blocks_changed()
        One's own blocks are others.
    file_changed()
        ``path``, ``title`` or ``document.modified``.
    profiled(RunProfile)
        A run is over, and where its time went is known: ``profile``; empty when another design was adopted.
    engine_options_changed(EngineOptions)
        Runs compute in another way, or with other budgets.
    noticed(Notice)
    """

    changed = Signal(Change)
    analysed = Signal(Report)
    selection_changed = Signal(tuple)
    settings_changed = Signal(Settings)
    picture_changed = Signal()
    results_changed = Signal(frozenset)
    run_wanted = Signal()
    run_changed = Signal(RunState)
    profiled = Signal(RunProfile)
    engine_options_changed = Signal(EngineOptions)
    probed = Signal(object)
    noticed = Signal(Notice)
    blocks_changed = Signal()
    file_changed = Signal()

    def __init__(self) -> None:
        self._signals = SignalQueue()
