"""The courier at work: its connections opened, in a thread beside whatever else the process does."""

import asyncio
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack, closing, contextmanager, suppress
from pathlib import Path

from prometheus_client import REGISTRY

from streams.queue import Queue
from streams.sinks.courier import Courier
from streams.sinks.delivery import Sink
from streams.sinks.guard import open_session
from streams.sinks.metrics import DeliveryCollector
from streams.sinks.outbox import Health, Outbox
from streams.sinks.poller import Poller, Put
from streams.sinks.reading import Reporting
from streams.sinks.settings import SinkSettings, WebhookSettings, check_secrets, read_sinks

OUTBOX = "outbox.db"


def sinks_file() -> Path | None:
    """The file that ``SIGNALS_SINKS`` names, or ``None`` for no sinks."""
    name = os.environ.get("SIGNALS_SINKS", "")
    return Path(name) if name else None


def health_of(folder: Path) -> list[Health]:
    """How deliveries to each sink go, by the outbox in ``folder``; nothing when there are no sinks."""
    file, outbox = sinks_file(), folder / OUTBOX
    if file is None or not outbox.is_file():
        return []
    with closing(Outbox(outbox)) as kept:
        return kept.health(list(read_sinks(file)))


def try_again(folder: Path, sink: str) -> int:
    """Give the dead letters of a sink another try, by the outbox in ``folder``; returns how many get one."""
    outbox = folder / OUTBOX
    if not outbox.is_file():
        return 0
    with closing(Outbox(outbox)) as kept:
        return kept.replay(sink)


@contextmanager
def delivering(queue: Queue, folder: Path, put: Put) -> Iterator["Delivering | None"]:
    """Deliver to the sinks of ``SIGNALS_SINKS``, if there are any, as long as this lasts; ``put`` takes the events of
    outcomes that are read there.

    Raises ``PackError``, ``Forbidden`` or ``SinksError`` when they can't be used.
    """
    file = sinks_file()
    if file is None:
        yield None
        return
    settings = read_sinks(file)
    check_secrets(settings)
    courier = Delivering(queue, settings, folder, put)
    collector = DeliveryCollector(folder / OUTBOX, list(settings))
    REGISTRY.register(collector)
    try:
        yield courier
    finally:
        REGISTRY.unregister(collector)
        courier.stop()


async def deliver(queue: Queue, settings: Mapping[str, SinkSettings], outbox: Outbox, put: Put) -> None:
    """Deliver and read outcomes until cancelled; raises ``SinksError`` when a secret is missing."""
    async with AsyncExitStack() as stack:
        sinks: list[Sink] = []
        pollers = []
        for name, one in settings.items():
            session = await stack.enter_async_context(open_session(one.private))
            sink = one.open(name, session)
            sinks.append(sink)
            if not isinstance(one, WebhookSettings) and one.outcomes and isinstance(sink, Reporting):
                pollers.append(Poller(sink, one.outcomes, queue, outbox, put, one.read_seconds))
        await asyncio.gather(Courier(queue, outbox, sinks).run(), *(poller.run() for poller in pollers))


class Delivering:
    """Delivers in a thread until stopped."""

    def __init__(self, queue: Queue, settings: Mapping[str, SinkSettings], folder: Path, put: Put) -> None:
        self._outbox = Outbox(folder / OUTBOX)
        self._loop = asyncio.new_event_loop()
        self._task = self._loop.create_task(deliver(queue, settings, self._outbox, put))
        self._thread = threading.Thread(target=self._run, name="deliveries", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether it still delivers."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """End the attempts under way and let go of the outbox; what was not delivered is there the next time."""
        self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join()
        self._outbox.close()

    def _run(self) -> None:
        with suppress(asyncio.CancelledError):
            self._loop.run_until_complete(self._task)
        self._loop.close()
