"""How a run is stopped from outside: gently by the first Ctrl-C, at once by the second or by SIGTERM."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from types import FrameType

from sims.commitments import Commitments

GRACE_S = 10.0
"""How long conversations in flight may go on after the first Ctrl-C."""

_log = logging.getLogger(__name__)


@contextlib.contextmanager
def stopping_on_signals(
    workers: Sequence[asyncio.Task[None]], *, commitments: Commitments | None = None
) -> Iterator[asyncio.Event]:
    """An event that is set when nothing new should begin any more.

    The first SIGINT sets it, stops the `commitments` that workers wait for, and leaves the workers `GRACE_S` to end;
    after that, at a second SIGINT or at SIGTERM (whose sender mostly kills a little later) they are cancelled. Each is
    told on the log as a warning, which stands on stderr unless the program says otherwise. Outside the main thread,
    where no signal is heard, nothing sets it.
    """
    stopping, loop = asyncio.Event(), asyncio.get_running_loop()

    def stop() -> None:
        stopping.set()
        _log.warning("stopping now; what was said in the conversations in flight is kept")
        for worker in workers:
            worker.cancel()

    def interrupt() -> None:
        if stopping.is_set():
            stop()
            return
        stopping.set()
        in_flight = sum(not worker.done() for worker in workers)
        if commitments:
            in_flight -= commitments.waiting
            commitments.stop()
        _log.warning(
            "interrupted: no new conversation begins, the %d in flight have %g s to end; Ctrl-C again stops them now",
            in_flight,
            GRACE_S,
        )
        reactions.callback(loop.call_later(GRACE_S, stop).cancel)

    with contextlib.ExitStack() as reactions:
        reactions.enter_context(_reacting(loop, signal.SIGINT, interrupt))
        reactions.enter_context(_reacting(loop, signal.SIGTERM, stop))
        yield stopping


@contextlib.contextmanager
def _reacting(loop: asyncio.AbstractEventLoop, number: signal.Signals, react: Callable[[], None]) -> Iterator[None]:
    before = signal.getsignal(number)
    try:
        loop.add_signal_handler(number, react)
    except (NotImplementedError, RuntimeError, ValueError):
        yield
        return
    try:
        yield
    finally:
        loop.remove_signal_handler(number)
        signal.signal(number, before or signal.SIG_DFL)


@contextlib.contextmanager
def hearing_sigterm() -> Iterator[None]:
    """Until it ends SIGTERM does what Ctrl-C does; outside the main thread, where no signal is heard, nothing."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        on_ctrl_c = signal.getsignal(signal.SIGINT)
        if not callable(on_ctrl_c):  # background jobs of a shell do not hear Ctrl-C
            raise KeyboardInterrupt
        on_ctrl_c(number, frame)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before or signal.SIG_DFL)
