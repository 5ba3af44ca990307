"""Keep what image decoders say of odd files away from the user, who gets one clear line instead."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import warnings
from collections.abc import Iterator

# Warning filters, log handlers and the standard error stream belong to the whole process: two threads must not swap
# them interleaved, or what the first one found would be restored last.
_ONE_AT_A_TIME = threading.Lock()


@contextlib.contextmanager
def quiet_warnings() -> Iterator[None]:
    """Ignore warnings and log records: Pillow warns of odd metadata while it reads the pixels perfectly well.

    The filters and the logger of the process are as before afterwards.
    """
    # Without any handler Python prints log records of a library to the standard error stream.
    log, silent = logging.getLogger("PIL"), logging.NullHandler()
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        log.addHandler(silent)
        try:
            yield
        finally:
            log.removeHandler(silent)


@contextlib.contextmanager
def quiet_stderr() -> Iterator[None]:
    """Discard what C libraries print: libtiff reports each damaged strip there, besides failing.

    Only to be used inside `quiet_warnings`, and for as short as can be. The stream is as before afterwards.
    """
    try:
        kept = os.dup(2)
    except OSError:  # a window without a console has no such stream
        yield
        return
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        os.close(nowhere)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
