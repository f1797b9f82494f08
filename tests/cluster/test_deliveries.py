"""What people ask, on the page, of the process that delivers: it listens through Redis."""

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from streams.cluster.deliveries import Deliveries
from streams.sinks.outbox import Outbox
from streams.sinks.running import OUTBOX
from tests.cluster.workers import Cluster, signals
from tests.servers.process import Server
from tests.servers.waiting import until
from tests.streams.queue.made import recommendation
from tests.streams.sinks.receiver import always, receiving
from tests.streams.sinks.test_webhook import SECRET


@contextmanager
def delivering(cluster: Cluster) -> Iterator[tuple[Path, Deliveries]]:
    """Delivers, where one delivery was given up; gives the outbox and what is told of it."""
    folder = cluster.folder / "deliveries"
    folder.mkdir()
    with closing(Outbox(folder / OUTBOX)) as outbox:
        outbox.add(["crm"], [recommendation(1)], 1)
        outbox.failed(outbox.due("crm", 10)[0], "the receiver answered 500", None)
    with receiving(always(200)) as receiver, closing(Deliveries(cluster.settings)) as deliveries:
        sinks = cluster.folder / "sinks.yaml"
        webhook = f"kind: webhook, url: '{receiver.url}/hook', private: true, secrets: [HOOK_SECRET]"
        sinks.write_text(f"sinks: {{crm: {{{webhook}}}}}")
        program = (sys.executable, "-m", "streams.cli", "sinks", "deliver", "--data", str(folder))
        command = cluster.command(*program, SIGNALS_SINKS=str(sinks), HOOK_SECRET=SECRET)
        server = Server(command, cluster.folder / "deliver.log")
        cluster.workers.append(server)
        server.start(lambda log: "delivering to" in log)
        until(lambda: [health.dead for health in deliveries.told()] == [1])
        yield folder / OUTBOX, deliveries


def test_what_was_given_up_is_tried_again_when_it_is_asked(cluster: Cluster) -> None:
    with delivering(cluster) as (_, deliveries):
        deliveries.ask("crm")
        until(lambda: [health.dead for health in deliveries.told()] == [0])
        assert deliveries.asked() == []


def test_what_is_asked_while_the_outbox_cannot_be_used_is_done_once_it_can(cluster: Cluster) -> None:
    with delivering(cluster) as (outbox, deliveries):
        files = list(outbox.parent.glob(f"{OUTBOX}*"))
        for file in files:
            file.rename(cluster.folder / file.name)
        outbox.write_text("no database" * 500)
        deliveries.ask("crm")
        log = cluster.folder / "deliver.log"
        until(lambda: "could not be tried again" in log.read_text(), "it was noticed", 60)
        until(lambda: [health.why for health in deliveries.told()] == ["file is not a database"])
        for file in files:
            (cluster.folder / file.name).rename(file)
        until(lambda: [health.dead for health in deliveries.told()] == [0])


def test_who_delivers_says_that_redis_is_away(cluster: Cluster) -> None:
    sinks = cluster.folder / "sinks.yaml"
    sinks.write_text("sinks: {}")
    told = signals(cluster, "sinks", "deliver", REDIS_URL="redis://127.0.0.1:1/0", SIGNALS_SINKS=str(sinks))
    assert (told.returncode, told.stdout) == (2, "")
    assert "127.0.0.1:1" in told.stderr
    assert "Traceback" not in told.stderr
