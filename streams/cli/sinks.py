"""``signals sinks``: bring recommendations to webhooks and CRM systems, and look after what could not be delivered."""

import json
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec.structs import asdict

from streams.cli.refusal import refuse

if TYPE_CHECKING:
    from streams.sinks.outbox import Health, Outbox

app = typer.Typer(no_args_is_help=True, help="Deliver recommendations to webhooks and CRM systems (SIGNALS_SINKS).")

Data = Annotated[Path, typer.Option(help="the folder with the outbox")]
Name = Annotated[str, typer.Argument(help="the sink's name in the file that SIGNALS_SINKS names")]
_DATA = Path("signals-data")


@app.command()
def deliver(
    data: Data = _DATA,
    port: Annotated[
        int | None, typer.Option(help="answer health and metrics here, on SIGNALS_WORKER_HOST", min=0, max=65_535)
    ] = None,
) -> None:
    """Deliver what the workers of a cluster recommend; run one of these (`signals run` delivers by itself).

    Exit status: 0 stopped, 2 the sinks, Kafka, Redis or the folder can't be used.
    """
    import signal
    import threading
    from contextlib import closing
    from functools import partial

    import structlog
    from redis import RedisError

    from streams.cli.cluster import read_settings
    from streams.cluster import web
    from streams.cluster.deliveries import TOLD_SECONDS, Deliveries
    from streams.cluster.load import Sender
    from streams.cluster.topics import TopicsError
    from streams.logs import configure_logs
    from streams.queue.redis import RedisQueue
    from streams.sinks.running import delivering, health_of, sinks_file, try_all_again
    from streams.sinks.settings import SinksError

    settings = read_settings()
    configure_logs()
    queue = RedisQueue(settings.redis_url.get_secret_value(), settings.redis_prefix)
    try:
        if sinks_file() is None:
            raise SinksError("set SIGNALS_SINKS to the file that describes the sinks")
        queue.check()
        data.mkdir(parents=True, exist_ok=True)
        ended = threading.Event()
        for stop in (signal.SIGTERM, signal.SIGINT):
            signal.signal(stop, lambda *_: ended.set())
        with (
            closing(Deliveries(settings)) as shown,
            closing(Sender(settings)) as sender,
            delivering(queue, data, sender.put) as courier,
        ):
            if courier is not None and port is not None:
                here = settings.model_copy(update={"worker_port": port})
                alive = partial(getattr, courier, "alive")
                web.serve(here, web.Inside(alive, alive, web.of_no_customer, web.of_no_customer, dict))
            structlog.get_logger("signals.sinks").info(f"delivering to the sinks of {sinks_file()}")
            asked: set[str] = set()
            while not ended.wait(TOLD_SECONDS):
                asked = try_all_again(data, asked.union(shown.asked()))
                shown.tell(health_of(data))
        queue.close()
    except (ValueError, SinksError, TopicsError, RedisError, OSError) as error:
        refuse(error)


@app.command("list")
def list_sinks(
    sink: Annotated[str | None, typer.Argument(help="a sink's name: what was given up there")] = None,
    data: Data = _DATA,
    as_json: Annotated[bool, typer.Option("--json", help="as JSON lines")] = False,
) -> None:
    """How deliveries to every sink go; with a name what was given up there, with why: its dead letters."""
    outbox = _outbox(data, sink)
    if sink is None:
        for health in outbox.health(outbox.sinks()):
            typer.echo(json.dumps(asdict(health)) if as_json else _in_words(health))
        return
    for delivery, why in outbox.dead(sink):
        if as_json:
            typer.echo(json.dumps({"why": why, "attempts": delivery.attempts, "recommendation": delivery.record}))
        else:
            typer.echo(f"{delivery.message}  after {delivery.attempts} attempts: {why}")


@app.command()
def replay(sink: Name, data: Data = _DATA) -> None:
    """Give the dead letters of a sink another try; those overtaken by a delivered newer change stay."""
    typer.echo(f"{_outbox(data, sink).replay(sink)} will be tried again")


@app.command()
def enable(sink: Name, data: Data = _DATA) -> None:
    """Send again to a sink that was switched off because it answered 410 Gone."""
    _outbox(data, sink).enable(sink)
    typer.echo(f"{sink} gets recommendations again")


def _in_words(health: "Health") -> str:
    counts = f"delivered {health.delivered}  waiting {health.waiting}  given up {health.dead}"
    off = f"  switched off: {health.disabled}" if health.disabled else ""
    return f"{health.endpoint}  {counts}{off}{f'  last: {health.why}' if health.why and not off else ''}"


def _outbox(data: Path, sink: str | None) -> "Outbox":
    """The outbox of a folder. Ends the program when there is none, or nothing in it was ever for such a ``sink``."""
    from streams.sinks.outbox import Outbox
    from streams.sinks.running import OUTBOX

    if not (data / OUTBOX).is_file():
        refuse(f"no outbox in {data}: give the folder of the node with --data")
    try:
        outbox = Outbox(data / OUTBOX)
        known = outbox.sinks()
    except sqlite3.Error as error:
        refuse(f"{data / OUTBOX}: {error}; restore it from a backup")
    if sink is not None and sink not in known:
        outbox.close()
        refuse(f"nothing was ever for a sink {sink!r}; known are {', '.join(known) or 'none'}")
    return outbox
