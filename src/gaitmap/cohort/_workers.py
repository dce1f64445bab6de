"""Where the work is done: in processes of this machine, or on a Dask cluster."""

import logging
import os
import signal
import sys
import threading
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from multiprocessing import resource_tracker
from typing import Any, TypeVar

import gaitmap
from gaitmap.utils._imports import require

T = TypeVar("T")
R = TypeVar("R")

#: So often a job that its process may have died of is tried again, alone.
TRIES_ALONE = 2
# Processes share the cores, threads in them would only get in each other's way. Results do not depend on it.
_ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "NUMBA_NUM_THREADS"), "1"
)
_PARENT_CHECK_S = 0.2
_CONNECT_S = 15
_PURPOSE = "Work on a Dask cluster"
_LOST = (
    "The connection to the scheduler of the Dask cluster was lost. Finished recordings are kept: start the cluster "
    "again and repeat the call."
)


class WorkerDiedError(RuntimeError):
    """The process of a job ended before the job did, every time it was tried."""


@dataclass(frozen=True)
class Workers:
    """Processes that do jobs.

    Attributes
    ----------
    open_pool
        Opens a pool with so many processes.
    n_jobs
        How many jobs are handed over at a time.
    died
        Errors by which the pool tells that the process of a job died.
    """

    open_pool: Callable[[int], AbstractContextManager[Executor]]
    n_jobs: int
    died: tuple[type[BaseException], ...] = (BrokenExecutor,)


def local_workers(n_jobs: int) -> Workers:
    """Use processes of this machine, by joblib's loky; one job per process at a time, one thread per job."""
    # No more jobs than processes are handed over: what runs when one of them dies is known then.
    return Workers(_open_local_pool, n_jobs)


def thread_workers(n_jobs: int) -> Workers:
    """Use threads of this process, for jobs that mostly wait for the disk."""
    return Workers(ThreadPoolExecutor, n_jobs)


def dask_workers(address: str) -> Workers:
    """Use a Dask cluster through the address of its scheduler."""
    distributed = require("distributed", _PURPOSE, extra="dask")
    return Workers(lambda _: _open_dask_pool(address), sys.maxsize, (distributed.KilledWorker,))


def run_jobs(
    function: Callable[[T], R], jobs: Sequence[T], workers: Workers, on_start: Callable[[T], None] = lambda _: None
) -> Iterator[tuple[T, R | Exception]]:
    """Do jobs; yields each with its result, or the error that kept it from being done, in the order of their ends.

    Where a process dies, the jobs that it may have died of are done again at the end, each alone, so that only the one
    that is to blame is given up (:class:`WorkerDiedError`). ``on_start`` is called with each job that is handed over.
    """
    todo, suspects = deque(jobs), deque[T]()
    while todo:
        yield from _run_in_one_pool(function, todo, suspects, workers, on_start)
    for job in suspects:
        for _ in range(TRIES_ALONE):
            again, dead = deque([job]), deque[T]()
            yield from _run_in_one_pool(function, again, dead, workers, on_start)
            if not dead:
                break
        else:
            yield job, WorkerDiedError()


def _run_in_one_pool(
    function: Callable[[T], R], todo: deque[T], suspects: deque[T], workers: Workers, on_start: Callable[[T], None]
) -> Iterator[tuple[T, R | Exception]]:
    """Take jobs from ``todo`` until there are none left, or the pool has broken."""
    running: dict[Future[R], T] = {}
    with workers.open_pool(min(workers.n_jobs, len(todo))) as pool:
        broken = False
        while running or (todo and not broken):
            while todo and len(running) < workers.n_jobs and not broken:
                try:
                    future = pool.submit(function, todo[0])
                except BrokenExecutor:
                    broken = True
                else:
                    running[future] = todo.popleft()
                    on_start(running[future])
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                job = running.pop(future)
                if future.cancelled():
                    raise ConnectionError(_LOST)
                error = future.exception()
                if isinstance(error, workers.died):
                    suspects.append(job)
                    broken |= isinstance(error, BrokenExecutor)
                elif isinstance(error, Exception):
                    yield job, error
                else:
                    yield job, future.result()


@contextmanager
def _open_local_pool(n_jobs: int) -> Iterator[Executor]:
    from joblib.externals.loky import ProcessPoolExecutor

    class Pool(ProcessPoolExecutor):
        def submit(self, *arguments: Any, **keywords: Any) -> Any:
            with _interrupt_waits():  # here processes are started
                return super().submit(*arguments, **keywords)

    pool = Pool(n_jobs, env=_ONE_THREAD, initializer=_start_worker, initargs=(os.getpid(),))
    clean = False
    with warnings.catch_warnings():
        # loky replaces processes whose memory has grown, which is fine, and says so.
        warnings.filterwarnings("ignore", message="A worker stopped while some jobs were given")
        try:
            yield pool
            clean = True
        finally:
            pool.shutdown(wait=True, kill_workers=not clean)


@contextmanager
def _interrupt_waits() -> Iterator[None]:
    """Let Ctrl-C wait until the block has ended, and keep it from processes that are started there.

    A terminal tells them all, and they would print a traceback each until their start has come to ``_start_worker``.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    resource_tracker.ensure_running()  # otherwise started with the first process, and lets Ctrl-C through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start_worker(parent: int) -> None:
    """Leave Ctrl-C to the parent, and do not outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, args=(parent,), daemon=True).start()


def _end_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_PARENT_CHECK_S)
    os._exit(1)


@contextmanager
def _open_dask_pool(address: str) -> Iterator[Executor]:
    distributed = require("distributed", _PURPOSE, extra="dask")
    try:
        # A client that has no address to go to waits when it is thrown away.
        distributed.comm.get_address_host_port(address)
        client = distributed.Client(address, timeout=_CONNECT_S, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ValueError(
            f"--dask: no scheduler answers at '{address}' ({error}). Expected an address such as "
            "tcp://127.0.0.1:8786, which `dask scheduler` prints."
        ) from None
    with _quiet("distributed.client", "distributed.comm", "distributed.core"), client:
        _check_versions(client)
        pool = client.get_executor(pure=False)
        try:
            yield pool
        finally:
            pool.shutdown(wait=False)  # what is not done yet is taken back


@contextmanager
def _quiet(*names: str) -> Iterator[None]:
    """Keep loggers from printing tracebacks of what is told otherwise."""
    levels = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


def _check_versions(client: Any) -> None:
    try:
        versions = client.run(_installed_version)
    except ImportError as error:
        raise ValueError(
            f"--dask: gaitmap cannot be imported on the workers of the cluster ({error}). Install the version "
            f"{gaitmap.__version__} there."
        ) from None
    except Exception as error:
        # A worker that dies or leaves during the call raises whatever its connection does.
        raise ConnectionError(
            f"--dask: a worker of the cluster was lost while it was asked for its version ({type(error).__name__}: "
            f"{error}). Repeat the call when the workers run; finished recordings are kept."
        ) from error
    if not versions:
        warnings.warn("The Dask cluster has no workers yet: the work begins when there is one.", stacklevel=2)
    others = {version for version in versions.values() if version != gaitmap.__version__}
    if others:
        raise ValueError(
            f"--dask: workers of the cluster have gaitmap {', '.join(sorted(others))}, here it is "
            f"{gaitmap.__version__}. Install the same version everywhere."
        )


def _installed_version() -> str:
    return gaitmap.__version__
