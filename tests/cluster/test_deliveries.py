"""What people ask, on the page, of the process that delivers: it listens through Redis."""

import sys
from contextlib import closing

from streams.cluster.deliveries import Deliveries
from streams.sinks.outbox import Outbox
from streams.sinks.running import OUTBOX
from tests.cluster.workers import Cluster, signals
from tests.servers.process import Server
from tests.servers.waiting import until
from tests.streams.queue.made import recommendation
from tests.streams.sinks.receiver import always, receiving
from tests.streams.sinks.test_webhook import SECRET


def test_what_was_given_up_is_tried_again_when_it_is_asked(cluster: Cluster) -> None:
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
        deliveries.ask("crm")
        until(lambda: [health.dead for health in deliveries.told()] == [0])
        assert deliveries.asked() == []


def test_who_delivers_says_that_redis_is_away(cluster: Cluster) -> None:
    sinks = cluster.folder / "sinks.yaml"
    sinks.write_text("sinks: {}")
    told = signals(cluster, "sinks", "deliver", REDIS_URL="redis://127.0.0.1:1/0", SIGNALS_SINKS=str(sinks))
    assert (told.returncode, told.stdout) == (2, "")
    assert "127.0.0.1:1" in told.stderr
    assert "Traceback" not in told.stderr
