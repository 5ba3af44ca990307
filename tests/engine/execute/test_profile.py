from __future__ import annotations

import attrs
import numpy as np

from designer.analysis.analyse import analyse
from designer.engine.execute.runner import RunProfiled, plan_run, run
from designer.engine.remember.workspace import Workspace
from designer.gallery.catalogue import network


def test_what_is_remembered_says_how_long_it_took_and_how_it_was_computed():
    design, workspace = network("lenet5"), Workspace()
    report, images = analyse(design), {"image": np.ones((1, 1, 32, 32), np.float32)}

    def profile():
        *_events, last = run(plan_run(design, report, images, cache=workspace.maps, workspace=workspace), images)
        assert isinstance(last, RunProfiled)
        return last.profile

    first, second = profile(), profile()
    assert not any(step.remembered for step in first.steps)
    assert all(step.seconds > 0 for step in first.steps)
    assert second.steps == tuple(attrs.evolve(step, remembered=True) for step in first.steps)
    assert (second.computed_seconds, second.seconds) == (0, first.seconds)
