"""How a kernel uses the cores of the machine, reports progress and lets itself be cancelled.

NumPy cannot be interrupted inside a call, so a kernel cuts its work into *tiles* of some milliseconds
and passes a checkpoint between them. What the checkpoint does is the caller's affair: show progress,
raise to cancel, or nothing.
"""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, lru_cache
from itertools import count as counter

import numpy as np
from threadpoolctl import ThreadpoolController

from designer.kernels.runtime.workers import WorkerPool

Call = Callable[[], object]
"""A function of NumPy with the arrays that it is to be called with."""

_callback: ContextVar[Callable[[float], None] | None] = ContextVar("checkpoint", default=None)


class _Scope(threading.local):
    """Whether this thread is inside of a kernel scope."""

    entered: bool = False


_scope = _Scope()


@contextmanager
def checkpoint_scope(callback: Callable[[float], None]) -> Iterator[None]:
    """Call `callback` with the fraction done (0 to 1) at every checkpoint of the kernels run inside.

    The callback runs in the thread that called the kernel. It may raise: the kernel then stops within
    one tile and the exception reaches whoever called the kernel.
    """
    token = _callback.set(callback)
    try:
        yield
    finally:
        _callback.reset(token)


class kernel_scope:  # noqa: N801  (used as a function; written out because a generator takes longer than a small layer)
    """Let the kernels run inside share what each would have to set up for itself: BLAS on one thread, no warnings.

    The number of BLAS threads belongs to the process; it is given back when the last scope of all threads ends. NumPy's
    error handling belongs to the thread; it is given back when this scope ends. A scope inside of another does nothing.
    """

    __slots__ = ("_errors",)

    _errors: np.errstate | None

    def __enter__(self) -> None:
        self._errors = None
        if _scope.entered:
            return
        errors = np.errstate(all="ignore")
        errors.__enter__()
        _single_threaded_blas().hold()
        self._errors = errors
        _scope.entered = True

    def __exit__(self, *raised: object) -> None:
        if self._errors is not None:
            _scope.entered = False
            self._errors.__exit__(None, None, None)
            _single_threaded_blas().let_go()


@contextmanager
def checkpoint_part(index: int, count: int) -> Iterator[None]:
    """Let checkpoints inside count as part `index` of `count` equal parts of the caller's work."""
    with checkpoint_span(index / count, (index + 1) / count):
        yield


@contextmanager
def checkpoint_span(start: float, end: float) -> Iterator[None]:
    """Let checkpoints inside count from the fraction `start` of the caller's work to `end`."""
    callback = _callback.get()
    if callback is None:
        yield
        return
    whole = callback
    with checkpoint_scope(lambda fraction: whole(start + fraction * (end - start))):
        yield


def checkpoint(fraction: float) -> None:
    """Report that `fraction` of the current kernel is done; raises whatever the ambient callback raises."""
    callback = _callback.get()
    if callback is not None:
        callback(fraction)


@cache  # asking the system takes as long as a call of NumPy, and a layer asks several times
def core_count() -> int:
    """Return the number of cores this process might use when it was first asked."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


def perform(calls: Iterable[Call]) -> None:
    """Make calls in order."""
    for call in calls:
        call()


def run_tiles(work: Callable[[int], object], count: int, workers: int | None = None) -> None:
    """Run ``work(0)`` to ``work(count - 1)``, spread over the cores, with a checkpoint after every tile.

    Tiles must be independent: each writes its own part of the result, so the order in which they finish
    cannot change a bit of it. The calling thread works too and is the one that passes the checkpoints.
    BLAS is held to one thread meanwhile: the tiles are the parallelism, and a product computed by one
    thread is the same however busy the machine is. NumPy does not warn of overflow and invalid values: they
    are results like others, for a feature map to show.

    Parameters
    ----------
    work
        Computes one tile. Runs in any thread.
    count
        Number of tiles.
    workers
        Threads to use, one per core by default. 1 runs everything in the calling thread: right for jobs
        shorter than waking a thread takes (some 20 microseconds).

    Raises
    ------
    Exception
        Whatever a checkpoint or a tile raised; the tiles not yet begun are dropped.
    """
    workers = min(core_count() if workers is None else workers, count)
    if _scope.entered:
        _run_tiles(work, count, workers)
    else:
        with kernel_scope():
            _run_tiles(work, count, workers)


def _run_tiles(work: Callable[[int], object], count: int, workers: int) -> None:
    if workers > 1:
        _TileQueue(work, count).run(workers)
        return
    callback = _callback.get()
    for index in range(count):
        work(index)
        if callback is not None:
            callback((index + 1) / count)


class _TileQueue:
    """Tiles handed out one by one to several threads until all are done or one of them failed."""

    def __init__(self, work: Callable[[int], object], count: int) -> None:
        self._work = work
        self._count = count
        # `next` of these is atomic, and takes a tenth of the time of a lock.
        self._begun, self._done = counter(), counter(1)
        self._stopped = False

    def run(self, workers: int) -> None:
        callback = _callback.get()
        _pool_of(os.getpid()).work(self._drain, lambda: self._drain(callback), workers - 1)
        if callback is not None:
            callback(1.0)

    def _drain(self, report: Callable[[float], None] | None = None) -> None:
        work, count = self._work, self._count
        try:
            while (index := next(self._begun)) < count and not self._stopped:
                work(index)
                done = next(self._done)
                if report is not None and done < count:
                    report(done / count)
        except BaseException:
            self._stopped = True
            raise


@lru_cache(maxsize=1)  # threads belong to the process: a forked child inherits the objects and none of the threads
def _pool_of(process: int) -> WorkerPool:
    pool = WorkerPool(core_count(), f"kernel-{process}")
    atexit.register(pool.dismiss)
    return pool


class _SingleThreadedBlas:
    """Knows who needs BLAS on one thread: the first in takes the setting, the last out gives it back.

    The setting belongs to the process. Otherwise two kernels that overlap in time could each restore what the
    other had set, and leave BLAS on one thread for good.
    """

    def __init__(self) -> None:
        # Finding the libraries costs milliseconds, hence once for the life of the process.
        self._libraries = ThreadpoolController().select(user_api="blas").lib_controllers
        self._lock = threading.Lock()
        self._holders: set[int] = set()
        self._before: list[int] | None = None

    def hold(self) -> None:
        """Set BLAS to one thread, for as long as the calling thread wants."""
        with self._lock:
            if self._before is None:
                self._before = [library.get_num_threads() for library in self._libraries]
            if not self._holders:
                for library in self._libraries:
                    library.set_num_threads(1)
            self._holders.add(threading.get_ident())

    def let_go(self) -> None:
        """Give back what it was set to, when no other thread wants it."""
        with self._lock:
            self._holders.discard(threading.get_ident())
            if not self._holders and self._before is not None:
                self._release()
                for library, threads in zip(self._libraries, self._before, strict=True):
                    library.set_num_threads(threads)
                self._release()
                self._before = None

    def _release(self) -> None:
        """Let any thread change the setting: from threadpoolctl 3.8 only the one that set it may.

        The last out may be another thread than the first in, and the next to come in is anyone.
        """
        for library in self._libraries:
            clear = getattr(library, "clear_controlling_thread", None)
            if clear is not None:
                clear(force=True)


@cache  # the setting belongs to the process, and so does who needs it
def _single_threaded_blas() -> _SingleThreadedBlas:
    return _SingleThreadedBlas()
