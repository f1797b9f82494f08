"""The Faust app: one agent over the input topics, a ticker, and the hooks of a rebalance."""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any

import faust
import structlog

from signals.pack.document import PackError
from streams.census import COUNTED_AT_ONCE
from streams.cluster import metrics, web
from streams.cluster.background import Background
from streams.cluster.engine import Engine, ReadEngines
from streams.cluster.fetching import BatchConsumer, BatchTransport, Fetched, WholeBatches
from streams.cluster.kept import Kept
from streams.cluster.named import Named
from streams.cluster.packs import Shelf
from streams.cluster.projection import Projection
from streams.cluster.settings import ClusterSettings
from streams.cluster.shards import Shards
from streams.cluster.topics import Topics, TopicsError, changes_of
from streams.environment import SettingsError
from streams.wall import wall_now

_log = structlog.get_logger(__name__)

UNEXPECTED = 70
"""Exit status after an error that must not be survived: a fresh start recovers from the changelog."""

View = Callable[[Engine, str], Mapping[str, Any] | None]
"""Shows what an engine knows of a customer."""

Meet = Callable[[Engine, bytes], Mapping[str, Any]]
"""Answers a visit of the customer of a row; called from any thread."""

CountWith = Callable[[Engine], Callable[[Iterable[bytes]], Mapping[str, Any]]]
"""Gives what sums over rows of customers: it is made in the loop, and may be used in any thread."""

_CENSUS_SECONDS = 20.0
_TICK_SECONDS = 0.5
_LOOK_SECONDS = 0.1
"""Between looks whether anything was left to be done in turns."""

_WATCH_SECONDS = 10.0
"""Between looks whether the topics are still those that were found: what Kafka has under their names may be others."""

_QUEUED_BATCHES = 2
_FETCH_BYTES = 8 << 20
"""Of one partition at once: the longer a worker stays with the customers of one shard, the more of what it needs is at
hand in the processor's cache."""

_REQUEST_SECONDS = 90.0
"""How long an answer of Kafka is waited for; Faust wants it to be no less than the session."""

_STUCK_SECONDS = 120
_ANSWER_SECONDS = 10


class ClusterApp(faust.App):
    """One worker: ``shards`` do the work, ``projection`` tells the read model."""

    shards: Shards
    projection: Projection
    ticked = time.monotonic()

    @property
    def batches(self) -> BatchConsumer:
        """The consumer, by its own type."""
        consumer = self.consumer
        assert isinstance(consumer, BatchConsumer)
        return consumer

    @property
    def working(self) -> bool:
        """Whether shards are here, and neither a rebalance nor the end is under way."""
        return bool(self.shards.owned) and not (self.should_stop or self.rebalancing or self.batches.paused)

    def is_current(self, fetched: Fetched) -> bool:
        """Whether a batch may still be worked on."""
        return not self.should_stop and self.batches.is_current(fetched)


def create_app(
    settings: ClusterSettings,
    topics: Topics,
    shards: Shards,
    projection: Projection,
    read: ReadEngines,
    shelf: Shelf,
    named: Named,
) -> ClusterApp:
    """Build the app of one worker; on SIGHUP and for another pack on the ``shelf`` it goes by what ``read`` gives.

    It ends when its topics, or the worker that is ``named`` so, are others.
    """
    app = ClusterApp(settings.application, **_faust_settings(settings))
    app.shards, app.projection = shards, projection
    transport = BatchTransport(app.conf.broker_consumer, app)
    transport.positions = shards
    app.transport = transport
    _connect_rebalance(app)
    moves_time = settings.clock == "wall"
    _add_agent(app, topics, moves_time)
    _add_ticker(app, moves_time)
    _add_background(app)
    _add_watch(app, settings, topics, named)
    _add_reload(app, read, shelf)
    _add_projection(app)
    return app


def abandon(error: BaseException) -> None:
    """End this process at once: what isn't durable must not be built upon."""
    _log.error("giving up; a restart recovers", error=f"{type(error).__name__}: {error}")
    os._exit(UNEXPECTED)


def inside_of(app: ClusterApp, view: View, meet: Meet, count_with: CountWith) -> web.Inside:
    """What the web pages may ask of the app."""

    async def show(subject: str, company: str) -> Mapping[str, Any] | None:
        return view(app.shards.shard_of(company).engine, subject)

    def customer(subject: str, company: str) -> Mapping[str, Any] | None:
        return asyncio.run_coroutine_threadsafe(show(subject, company), app.loop).result(_ANSWER_SECONDS)

    def visit(subject: str, company: str) -> Mapping[str, Any] | None:
        # Not in the loop: a visitor does not wait for the batch at hand.
        shard = app.shards.shard_of(company)
        row = shard.load(subject)
        return None if row is None else meet(shard.engine, row)

    async def sums() -> Mapping[str, Any]:
        return app.shards.sums(wall_now())

    async def counting() -> Callable[[Iterable[bytes]], Mapping[str, Any]] | None:
        shard = next(iter(app.shards.owned.values()), None)
        return None if shard is None else count_with(shard.engine)

    def census() -> Mapping[str, Any] | None:
        count = asyncio.run_coroutine_threadsafe(counting(), app.loop).result(_ANSWER_SECONDS)
        rows = list(islice(app.shards.rows(), COUNTED_AT_ONCE + 1))
        return count(rows) if count is not None and len(rows) <= COUNTED_AT_ONCE else None

    kept = Kept(census, _CENSUS_SECONDS)

    def operations() -> Mapping[str, Any]:
        told = asyncio.run_coroutine_threadsafe(sums(), app.loop).result(_ANSWER_SECONDS)
        return {**told, "people": kept.get()}

    return web.Inside(
        alive=lambda: time.monotonic() - app.ticked < _STUCK_SECONDS,
        ready=lambda: app.working,
        customer=customer,
        visit=visit,
        operations=operations,
    )


def _faust_settings(settings: ClusterSettings) -> dict[str, Any]:
    return {
        "broker": [f"kafka://{address}" for address in settings.kafka_bootstrap.split(",")],
        "broker_credentials": settings.faust_credentials(),
        "ssl_context": settings.tls(),
        "datadir": str(settings.data / "faust"),
        "topic_allow_declare": False,
        "topic_disable_leader": True,
        "topic_partitions": settings.partitions,
        "consumer_group_instance_id": settings.instance,
        "consumer_auto_offset_reset": "earliest",
        "broker_client_id": settings.client_id,
        "broker_session_timeout": settings.session_seconds,
        "broker_request_timeout": max(_REQUEST_SECONDS, settings.session_seconds),
        "broker_heartbeat_interval": settings.session_seconds / 4,
        "broker_rebalance_timeout": 60,
        "broker_commit_interval": 1.0,
        "consumer_max_fetch_size": _FETCH_BYTES,
        "stream_buffer_maxsize": _QUEUED_BATCHES,
        "web_enabled": False,
    }


def _connect_rebalance(app: ClusterApp) -> None:
    @app.on_rebalance_complete.connect
    async def own(*_: Any, **__: Any) -> None:
        try:
            await app.shards.assign({tp.partition for tp in app.batches.assignment()})
            app.projection.assign(set(app.shards.owned))
            _log.info("shards ready", shards=sorted(app.shards.owned))
        except Exception as error:
            abandon(error)

    @app.on_before_shutdown.connect
    async def let_go(*_: Any, **__: Any) -> None:
        _log.info("worker stops")
        try:
            await app.shards.close()
        except Exception as error:
            abandon(error)
        _log.info("everything taken in is durable")


def _add_agent(app: ClusterApp, topics: Topics, moves_time: bool) -> None:
    source = app.topic(topics.events, topics.customers, schema=WholeBatches(), acks=False)

    @app.agent(source, name="detect", concurrency=1)
    async def detect(batches: faust.StreamT[Fetched]) -> None:
        async for fetched in batches:
            try:
                await app.shards.take_in(fetched, app.is_current)
                if moves_time and app.working:
                    app.shards.advance(wall_now(), app.batches.thread.is_read)
            except Exception as error:
                abandon(error)


def _add_ticker(app: ClusterApp, moves_time: bool) -> None:
    @app.timer(_TICK_SECONDS)  # type: ignore[untyped-decorator]
    async def tick() -> None:
        app.ticked = time.monotonic()
        if app.shards.owned and not app.working:
            return
        try:
            if moves_time:
                app.shards.advance(wall_now(), app.batches.thread.is_read)
                app.shards.tell(wall_now())
            app.projection.tell_time(min(app.shards.clock(), wall_now()))
            app.projection.tell_controls(app.shards.controls(wall_now()))
            metrics.tell_unread({tp: app.batches.thread.unread(tp) or 0 for tp in app.shards.settled()})
        except Exception as error:
            abandon(error)


def _add_background(app: ClusterApp) -> None:
    @app.task  # type: ignore[untyped-decorator]
    async def go_on() -> None:
        try:
            while True:
                if not await app.shards.go_on(lambda: app.working):
                    await asyncio.sleep(_LOOK_SECONDS)
        except Exception as error:
            abandon(error)


def _add_watch(app: ClusterApp, settings: ClusterSettings, topics: Topics, named: Named) -> None:
    @app.task  # type: ignore[untyped-decorator]
    async def watch() -> None:
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            if (other := await asyncio.to_thread(named.taken_by)) is not None:
                abandon(SettingsError(f"SIGNALS_INSTANCE: the worker at {other} has taken this one's name"))
            try:
                changes = await asyncio.to_thread(changes_of, settings, topics)
            except TopicsError:
                continue  # Kafka is away, of which others tell
            if changes:
                abandon(TopicsError("; ".join(changes)))


def _add_reload(app: ClusterApp, read: ReadEngines, shelf: Shelf) -> None:
    one_by_one = asyncio.Lock()

    async def reload() -> None:
        async with one_by_one:
            await take_over()

    async def take_over() -> None:
        try:
            engines = await asyncio.to_thread(lambda: read(shelf.decides()))
        except PackError as error:
            _log.error("the changed pack is refused, the old one stays", problems=error.problems)
            return
        try:
            await app.shards.take_over(engines, lambda: app.working)
        except Exception as error:
            abandon(error)
        metrics.tell_build(engines.pack)
        _log.info("pack taken over", **engines.pack)

    early: list[int] = []
    signal.signal(signal.SIGHUP, lambda number, _: early.append(number))

    @app.task  # type: ignore[untyped-decorator]
    async def listen() -> None:
        app.loop.add_signal_handler(signal.SIGHUP, lambda: app.loop.create_task(reload()))
        shelf.follow(lambda: asyncio.run_coroutine_threadsafe(reload(), app.loop))
        if early:
            await reload()


def _add_projection(app: ClusterApp) -> None:
    @app.task  # type: ignore[untyped-decorator]
    async def project() -> None:
        try:
            await Background("projection").run(app.projection.run())
        except Exception as error:
            abandon(error)
