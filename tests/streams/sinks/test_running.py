"""The node delivers what it recommends: events in over HTTP, a signed webhook out, once, also over a restart."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2 as httpx
from standardwebhooks.webhooks import Webhook as Verifier
from typer.testing import CliRunner

from signals.customer.underway import NEVER
from streams.cli import app as command
from streams.sinks.outbox import Outbox
from streams.sinks.running import OUTBOX
from tests.servers.process import free_port
from tests.servers.waiting import until
from tests.streams.queue.made import recommendation
from tests.streams.sinks.receiver import Receiver, always, in_turn, receiving
from tests.streams.sinks.test_webhook import SECRET


@contextmanager
def _node(folder: Path, receiver: Receiver) -> Iterator[str]:
    file = folder / "sinks.yaml"
    file.write_text(
        f"sinks: {{crm: {{kind: webhook, url: '{receiver.url}/hook', private: true, secrets: [HOOK_SECRET]}}}}"
    )
    port = str(free_port())
    environment = os.environ | {"SIGNALS_SINKS": str(file), "HOOK_SECRET": SECRET}
    node = subprocess.Popen(
        [sys.executable, "-m", "streams.cli", "run", "--data", str(folder / "data"), "--port", port], env=environment
    )
    url = f"http://127.0.0.1:{port}"
    try:
        until(lambda: _answers(url))
        yield url
    finally:
        node.terminate()
        node.wait(20)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/ready").status_code == 200
    except httpx.TransportError:
        return False


def _survey(number: int) -> dict[str, object]:
    moment = (datetime.now(UTC) - timedelta(seconds=60)).isoformat()
    return {
        "specversion": "1.0",
        "id": f"s{number}",
        "source": "/surveys",
        "type": "survey.answered",
        "time": moment,
        "subject": f"customer:{number}",
        "data": {"kind": "nps", "score": 10},
    }


def _email(number: int) -> dict[str, object]:
    fact = {"field": "email", "new": f"klant{number}@example.nl"}
    return _survey(number) | {"id": f"m{number}", "source": "/crm", "type": "profile.changed", "data": fact}


def test_from_an_event_to_a_signed_webhook_once_also_over_a_restart(tmp_path: Path) -> None:
    with receiving(always(200)) as receiver:
        with _node(tmp_path, receiver) as url:
            receipts = httpx.post(f"{url}/v1/events", json=[_email(1), _survey(1)]).json()
            assert [receipt["status"] for receipt in receipts] == ["accepted", "accepted"]
            until(lambda: receiver.requests)
            until(lambda: httpx.get(f"{url}/v1/operations").json()["delivery"][0]["delivered"] == 1)
        with _node(tmp_path, receiver) as url:
            httpx.post(f"{url}/v1/events", json=[_email(2), _survey(2)])
            until(lambda: len(receiver.requests) > 1)
    customers = []
    for request in receiver.requests:
        record = Verifier(SECRET).verify(request.body, request.headers)["data"]
        customers.append((record["customer"], record["trigger"], record["status"]))
    assert customers == [
        ("customer:1", "advocacy.promoter", "released"),
        ("customer:2", "advocacy.promoter", "released"),
    ]


def test_a_button_on_the_page_gives_what_was_given_up_another_try(tmp_path: Path) -> None:
    with receiving(in_turn(500, 200)) as receiver, _node(tmp_path, receiver) as url:
        httpx.post(f"{url}/v1/events", json=[_email(1), _survey(1)])
        until(lambda: _delivery(url)["failed"] == 1)
        with closing(Outbox(tmp_path / "data" / OUTBOX)) as outbox:
            outbox.failed(outbox.due("crm", NEVER - 1)[0], "the receiver answered 500", None)
        assert "/deliveries/crm/again" in httpx.get(f"{url}/").text
        assert httpx.post(f"{url}/deliveries/crm/again").status_code == 303
        until(lambda: _delivery(url)["delivered"] == 1)
        assert _delivery(url)["dead"] == 0
        until(lambda: "/deliveries/crm/again" not in httpx.get(f"{url}/").text)
        assert "tried again" in httpx.get(f"{url}/controls").text


def test_a_file_of_sinks_that_is_broken_meanwhile_is_told_and_deliveries_go_on(tmp_path: Path) -> None:
    with receiving(always(200)) as receiver, _node(tmp_path, receiver) as url:
        (tmp_path / "sinks.yaml").write_text("sinks: {crm: {kind: pigeon}}")
        httpx.post(f"{url}/v1/events", json=[_email(1), _survey(1)])
        until(lambda: receiver.requests)
        until(lambda: [one["delivered"] for one in httpx.get(f"{url}/v1/operations").json()["delivery"]] == [0, 1])
        assert "sinks.yaml:1: sinks.crm" in _delivery(url)["why"]
        assert "sinks.yaml:1: sinks.crm" in httpx.get(f"{url}/").text


def _delivery(url: str) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{url}/v1/operations").json()["delivery"][0]
    return found


def test_the_commands_show_and_replay_what_was_given_up(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / OUTBOX)
    outbox.add(["crm", "hook"], [recommendation(1)], 1)
    outbox.failed(outbox.due("hook", 10)[0], "not reached: TimeoutError", 99)
    outbox.failed(outbox.due("crm", 10)[0], "the receiver answered 500", None)
    outbox.disable("crm", "410")
    outbox.close()
    data = ["--data", str(tmp_path)]
    shown = CliRunner().invoke(command, ["sinks", "list", "crm", *data])
    assert shown.stdout.strip() == "rec_00001.1  after 1 attempts: the receiver answered 500"
    shown = CliRunner().invoke(command, ["sinks", "list", *data])
    assert shown.stdout.splitlines() == [
        "crm  delivered 0  waiting 0  given up 1  switched off: 410",
        "hook  delivered 0  waiting 1  given up 0  last: not reached: TimeoutError",
    ]
    assert "1 will be tried again" in CliRunner().invoke(command, ["sinks", "replay", "crm", *data]).stdout
    assert "gets recommendations again" in CliRunner().invoke(command, ["sinks", "enable", "crm", *data]).stdout
    assert CliRunner().invoke(command, ["sinks", "list", "crm", "--data", str(tmp_path / "no")]).exit_code == 2
    for verb in ("list", "replay", "enable"):
        told = CliRunner().invoke(command, ["sinks", verb, "crn", *data])
        assert (told.exit_code, "known are crm" in told.output) == (2, True), told.output


def test_an_outbox_that_cannot_be_read_is_told_and_takes_nothing_else_with_it(tmp_path: Path) -> None:
    with receiving(always(200)) as receiver, _node(tmp_path, receiver) as url:
        assert "signals_deliveries_readable 1.0" in httpx.get(f"{url}/metrics").text
        outbox = tmp_path / "data" / OUTBOX
        for beside in tmp_path.joinpath("data").glob(f"{OUTBOX}*"):
            beside.rename(tmp_path / beside.name)
        outbox.write_text("no database" * 500)
        told = httpx.get(f"{url}/metrics")
        assert told.status_code == 200
        assert "signals_deliveries_readable 0.0" in told.text
        assert 'signals_queue_readable{part="decisions"} 1.0' in told.text
        assert "signals_decisions_conserved 1.0" in told.text
        ready = httpx.get(f"{url}/ready")
        assert (ready.status_code, ready.json()) == (
            200,
            {"status": "ready", "deliveries": f"{outbox}: file is not a database"},
        )
        (delivery,) = httpx.get(f"{url}/v1/operations").json()["delivery"]
        assert (delivery["endpoint"], delivery["why"]) == (OUTBOX, "file is not a database")
    started = subprocess.run(
        [sys.executable, "-m", "streams.cli", "run", "--data", str(tmp_path / "data"), "--port", "0"],
        env=os.environ | {"SIGNALS_SINKS": str(tmp_path / "sinks.yaml"), "HOOK_SECRET": SECRET},
        capture_output=True,
        text=True,
    )
    assert (started.returncode, "Traceback" in started.stderr) == (2, False)
    assert f"{outbox}: file is not a database; restore it" in started.stderr
