"""Starting a worker: checks first, then Faust until a signal ends it."""

import signal
from tempfile import TemporaryFile

import faust
import redis
import structlog

from streams.cluster import metrics, web
from streams.cluster.app import UNEXPECTED, CountWith, Meet, View, abandon, create_app, inside_of
from streams.cluster.engine import ReadEngines
from streams.cluster.named import Named
from streams.cluster.packs import Shelf
from streams.cluster.projection import Projection
from streams.cluster.settings import ClusterSettings
from streams.cluster.shards import Shards
from streams.cluster.topics import find_topics, require_topics
from streams.environment import SettingsError
from streams.garbage import look_seldom
from streams.logs import configure_logs
from streams.queue.redis import RedisQueue

_log = structlog.get_logger(__name__)


def run_worker(settings: ClusterSettings, read: ReadEngines, view: View, meet: Meet, count_with: CountWith) -> None:
    """Work until SIGTERM or SIGINT; ``read`` opens the pack: now, on each SIGHUP, and when people approved
    another.

    ``view`` shows a customer, ``meet`` answers a visit, ``count_with`` sums customers.

    Raises ``PackError``; ``TopicsError`` or ``SettingsError`` when Kafka, Redis or the data folder isn't as it must be.
    """
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until the app listens to it
    configure_logs()
    require_topics(settings)
    _require_folder(settings)
    if not settings.is_found:
        _log.warning("the API may not find this worker; set SIGNALS_WORKER_URL", address=settings.public_url)
    shelf = Shelf(settings, settings.data / settings.application / "packs")
    engines = read(shelf.decides())
    queue = _require_queue(settings)
    named = Named(settings)
    named.take()
    topics = find_topics(settings)
    shards = Shards(settings, topics, engines, abandon)
    app = create_app(settings, topics, shards, Projection(settings, topics, queue), read, shelf, named)
    web.serve(settings, inside_of(app, view, meet, count_with))
    metrics.tell_build(engines.pack)
    _log.info(
        "worker starts",
        group=settings.application,
        partitions=settings.partitions,
        clock=settings.clock,
        **engines.pack,
    )
    look_seldom()
    worker = faust.Worker(app, override_logging=False, quiet=True)
    worker.spinner = None  # it shows the cursor of a terminal, in the midst of the log
    try:
        worker.execute_from_commandline()
    except SystemExit as ended:
        if ended.code:  # what Faust fails on stands in the log above
            _log.error("giving up; a restart recovers")
            raise SystemExit(UNEXPECTED) from None
        raise


def _require_queue(settings: ClusterSettings) -> RedisQueue:
    queue = RedisQueue(settings.redis_url.get_secret_value(), settings.redis_prefix)
    try:
        queue.check()
    except redis.RedisError as error:
        raise SettingsError(f"Redis can't be reached: is it running, and is REDIS_URL right? ({error})") from None
    return queue


def _require_folder(settings: ClusterSettings) -> None:
    try:
        (settings.data / "faust").mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=settings.data) as probe:  # a folder that is there may be another's, read-only or full
            probe.write(b"written")
    except OSError as error:
        raise SettingsError(f"SIGNALS_DATA: can't write to {settings.data}: {error.strerror}") from None
