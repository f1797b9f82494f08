"""The courier at work: its connections opened, in a thread beside whatever else the process does."""

import asyncio
import os
import sqlite3
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import AsyncExitStack, closing, contextmanager, suppress
from pathlib import Path

import structlog
from prometheus_client import REGISTRY

from signals.pack.document import PackError
from streams.queue import Queue
from streams.sinks.courier import Courier
from streams.sinks.delivery import Sink
from streams.sinks.guard import Forbidden, open_session
from streams.sinks.metrics import DeliveryCollector
from streams.sinks.outbox import DELIVERED_KEPT_DAYS, Health, Outbox
from streams.sinks.poller import Poller, Put
from streams.sinks.reading import Reporting
from streams.sinks.settings import SinksError, SinkSettings, WebhookSettings, check_secrets, read_sinks

_log = structlog.get_logger("signals.sinks")

OUTBOX = "outbox.db"
_MOST_DAYS = 36_500


def sinks_file() -> Path | None:
    """The file that ``SIGNALS_SINKS`` names, or ``None`` for no sinks."""
    name = os.environ.get("SIGNALS_SINKS", "")
    return Path(name) if name else None


def kept_days() -> int:
    """The days that ``SIGNALS_SINKS_RETENTION_DAYS`` says; raises ``SinksError`` when that is no number of days."""
    days = os.environ.get("SIGNALS_SINKS_RETENTION_DAYS") or str(DELIVERED_KEPT_DAYS)
    if not (days.isdecimal() and 1 <= int(days) <= _MOST_DAYS):
        raise SinksError(f"SIGNALS_SINKS_RETENTION_DAYS: {days!r} is not a number of days from 1 to {_MOST_DAYS}")
    return int(days)


def health_of(folder: Path) -> list[Health]:
    """How deliveries to each sink go, by the outbox in ``folder``; nothing when there are no sinks.

    Deliveries go on with the sinks of the start when their file is broken meanwhile: what is the matter with it stands
    before those that anything was ever for. So does what is the matter with the outbox, when it can't be read.
    """
    file, outbox = sinks_file(), folder / OUTBOX
    if file is None or not outbox.is_file():
        return []
    try:
        with closing(Outbox(outbox)) as kept:
            try:
                return kept.health(list(read_sinks(file)))
            except (PackError, Forbidden) as error:
                return [_ailing(file, error), *kept.health(kept.sinks())]
    except sqlite3.Error as error:
        return [_ailing(outbox, error)]


def _ailing(file: Path, error: Exception) -> Health:
    return Health(file.name, 0, 0, 0, 0, None, str(error))


def trouble_of(folder: Path) -> str | None:
    """What is the matter with the outbox in ``folder``; ``None`` when it can be read, or there are no sinks."""
    if sinks_file() is None:
        return None
    try:
        with closing(Outbox(folder / OUTBOX)) as kept:
            kept.health(())
    except sqlite3.Error as error:
        return f"{folder / OUTBOX}: {error}"
    return None


def try_again(folder: Path, sink: str) -> int:
    """Give the dead letters of a sink another try, by the outbox in ``folder``; returns how many get one."""
    outbox = folder / OUTBOX
    if not outbox.is_file():
        return 0
    with closing(Outbox(outbox)) as kept:
        return kept.replay(sink)


def try_all_again(folder: Path, sinks: Collection[str]) -> set[str]:
    """Give the dead letters of these sinks another try; returns those for which the outbox could not be used now, as
    when somebody else holds it."""
    left = set()
    for sink in sorted(sinks):
        try:
            try_again(folder, sink)
        except sqlite3.Error as error:
            _log.warning("what was given up could not be tried again; it will be", sink=sink, error=str(error))
            left.add(sink)
    return left


@contextmanager
def delivering(queue: Queue, folder: Path, put: Put) -> Iterator["Delivering | None"]:
    """Deliver to the sinks of ``SIGNALS_SINKS``, if there are any, as long as this lasts; ``put`` takes the events of
    outcomes that are read there.

    Raises ``PackError``, ``Forbidden`` or ``SinksError`` when they, or the outbox, can't be used.
    """
    file = sinks_file()
    if file is None:
        yield None
        return
    settings, days = read_sinks(file), kept_days()
    check_secrets(settings)
    try:
        courier = Delivering(queue, settings, folder, put, days)
    except sqlite3.Error as error:
        raise SinksError(f"{folder / OUTBOX}: {error}; restore it from a backup, or give another --data") from None
    collector = DeliveryCollector(folder / OUTBOX, list(settings))
    REGISTRY.register(collector)
    try:
        yield courier
    finally:
        REGISTRY.unregister(collector)
        courier.stop()


async def deliver(queue: Queue, settings: Mapping[str, SinkSettings], outbox: Outbox, put: Put, days: int) -> None:
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
        courier = Courier(queue, outbox, sinks, kept_days=days)
        await asyncio.gather(courier.run(), *(poller.run() for poller in pollers))


class Delivering:
    """Delivers in a thread until stopped."""

    def __init__(self, queue: Queue, settings: Mapping[str, SinkSettings], folder: Path, put: Put, days: int) -> None:
        self._outbox = Outbox(folder / OUTBOX)
        self._loop = asyncio.new_event_loop()
        self._task = self._loop.create_task(deliver(queue, settings, self._outbox, put, days))
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
