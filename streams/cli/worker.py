"""``signals worker``: one worker of the cluster."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

if TYPE_CHECKING:
    from signals.customer.state import Customer
    from signals.engine import Engine as SignalsEngine
    from signals.pack.compile import Pack
    from streams.cluster.engine import Engine, Load, Owns
    from streams.cluster.settings import ClusterSettings


def worker(
    config: Annotated[Path | None, typer.Option(help="the configuration file (YAML)")] = None,
    pack: Annotated[str | None, typer.Option(help="the pack: its name or its folder")] = None,
) -> None:
    """Take a share of the customers and work on their events; start as many as you like.

    Where Kafka and Redis are comes from KAFKA_BOOTSTRAP, REDIS_URL and SIGNALS_…; see streams/README.md.
    On SIGHUP it takes over the configuration and the pack as their files are then; a pack that two people approved goes
    before the configured one, and is taken over by itself.
    Exit status: 0 stopped, 2 something isn't as it must be (the message says what), 70 unexpected: start it again.
    """
    from signals.config import load_config
    from signals.pack.compile import open_pack
    from streams.cli.cluster import clear_errors, cluster_settings, read_all
    from streams.cluster.worker import run_worker

    settings, _ = read_all(cluster_settings, lambda: load_config(config))

    def read(approved: str | None) -> PackEngines:
        configured = load_config(config)
        chosen = approved or pack or configured.pack
        return PackEngines(open_pack(configured.model_copy(update={"pack": chosen})), settings)

    with clear_errors():
        run_worker(settings, read, _view, _meet, _count_with)


class PackEngines:
    """Makes the engines of a worker's shards, by one pack."""

    def __init__(self, pack: "Pack", settings: "ClusterSettings") -> None:
        self._pack = pack
        self._settings = settings

    @property
    def pack(self) -> Mapping[str, str]:
        """Name, version and digest of the pack."""
        return self._pack.environment.fingerprint._asdict()

    def make(self, load: "Load", owns: "Owns") -> "SignalsEngine":
        """The engine of one shard."""
        from signals.engine import Engine

        shards = self._settings.partitions
        return Engine(self._pack, load, owns, write_through=False, shards=shards, going_on=True)


def _view(engine: "Engine", subject: str) -> Mapping[str, Any] | None:
    from signals.customer.view import customer_view
    from streams.wall import wall_now

    known = cast("SignalsEngine", engine)
    customer = known.customer(subject)
    if customer is None:
        return None
    if (elsewhere := _elsewhere(customer)) is not None:
        return elsewhere
    return customer_view(customer, known.pack, wall_now())


def _meet(engine: "Engine", row: bytes) -> Mapping[str, Any]:
    import msgspec

    from signals.customer.codec import decode_customer
    from signals.engine import Engine as SignalsEngine
    from streams.wall import wall_now

    customer = decode_customer(row)
    if (elsewhere := _elsewhere(customer)) is not None:
        return elsewhere
    found: Mapping[str, Any] = msgspec.to_builtins(cast(SignalsEngine, engine).visit(customer, wall_now()))
    return found


def _elsewhere(customer: "Customer") -> Mapping[str, Any] | None:
    """Of whom, or where, to ask instead."""
    if customer.lives is not None:
        return {"lives": customer.lives}
    return {"became": customer.became} if customer.became is not None else None


def _count_with(engine: "Engine") -> Callable[[Iterable[bytes]], Mapping[str, Any]]:
    import msgspec

    from signals.customer.codec import decode_customer
    from signals.engine import Engine as SignalsEngine
    from streams.census import count, share_held
    from streams.node.operations import season_counted
    from streams.wall import wall_now

    now = wall_now()
    known = cast(SignalsEngine, engine)
    pack = known.pack
    share, season = share_held(known.controls(now), pack), season_counted(pack, now)

    def told(rows: Iterable[bytes]) -> Mapping[str, Any]:
        sums: Mapping[str, Any] = msgspec.to_builtins(count(map(decode_customer, rows), pack, share, season, now))
        return sums

    return told
