"""Sessions with results in them, computed inline: no window, no thread."""

from __future__ import annotations

import numpy as np

from designer.graph.design import Design
from designer.pictures.images import Picture, picture_from_array
from designer.session.session import Session


def grey_ramp(width: int = 32, height: int = 32) -> Picture:
    """A picture that gets brighter from left to right."""
    return picture_from_array(np.tile(np.linspace(0.0, 1.0, width), (height, 1)), "ramp")


def compute(session: Session) -> Session:
    """Run the design on the session's picture, to the end."""
    job = session.start_job()
    assert job is not None
    job.run(lambda event: session.take(job, event))
    return session


def computed(design: Design, picture: Picture | None = None) -> Session:
    """A session whose every map has been computed."""
    session = Session(design)
    session.set_picture(picture or grey_ramp())
    return compute(session)
