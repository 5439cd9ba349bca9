"""PyTorch-Ignite: ``attach(engine)`` watches every loss call while an engine runs."""

from __future__ import annotations

from typing import Any

from ignite.engine import Engine, Events

from lossguard.runtime.watch import Watch, watch


def attach(engine: Engine, **options: Any) -> None:  # noqa: ANN401
    """Watch from the start of each run of an engine to its end, however it ends.

    options: those of ``lossguard.watch``.
    """
    running: list[Watch] = []

    def stop() -> None:
        while running:
            running.pop().stop()

    def start() -> None:
        stop()
        running.append(watch(**options))

    def fail(error: BaseException) -> None:
        stop()
        raise error  # with a handler for it, ignite leaves an exception to the handler

    engine.add_event_handler(Events.STARTED, start)
    engine.add_event_handler(Events.COMPLETED, stop)
    engine.add_event_handler(Events.TERMINATE, stop)
    engine.add_event_handler(Events.EXCEPTION_RAISED, lambda _, error: fail(error))
