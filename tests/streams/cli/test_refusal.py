"""What can't be done is said plainly, with what to do, and ends with status 2; nobody sees a traceback."""

import os
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from signals.config import Config
from streams.node import EmbeddedNode


def signals(*arguments: str, **variables: str) -> tuple[int, str]:
    """Exit status and standard error of a command as people run it; what it prints finds no room on the disk."""
    command = [sys.executable, "-m", "streams.cli", *arguments]
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            command, env=os.environ | variables, stdout=full, stderr=subprocess.PIPE, text=True, timeout=300
        )
    return ended.returncode, ended.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("replay missing.jsonl", "missing.jsonl: No such file or directory"),
        ("schema events", "No space left on device"),
        ("privacy export pigeon:7 --cluster", "write a subject as kind:value with a kind out of customer, policy"),
        ("customer pigeon:7", "write a subject as kind:value with a kind out of customer, policy"),
        ("customer 1 --url http://127.0.0.1:1", "http://127.0.0.1:1 can't be reached: Connection refused"),
        ("customer 1 --data /dev", "/dev is not the folder of a node: give the --data of signals run"),
        ("key crm cellar", "there is no such scope as cellar; choose of ingest, queue"),
        ("key jan:adviser queue", "write the name 'jan:adviser' as one word without a colon"),
        ("run --data /dev/null", "/dev/null: File exists; give another folder as --data"),
        ("load events.jsonl --until soon", "'soon' is no time; write for example"),
        ("run --port 99999", "Invalid value for '--port'"),
    ],
)
def test_what_people_get_wrong(arguments: str, told: str) -> None:
    status, said = signals(*arguments.split(), KAFKA_BOOTSTRAP="127.0.0.1:1")
    assert (status, told in said, "Traceback" in said, "Errno" in said) == (2, True, False, False), said


def test_a_node_runs_the_pack_that_is_named(tmp_path: Path) -> None:
    status, said = signals("run", "--pack", "nowhere", "--data", str(tmp_path / "data"))
    assert (status, said.strip().startswith("there is no pack 'nowhere'")) == (2, True), said
    assert not (tmp_path / "data").exists()


def test_what_is_quarantined_where_has_to_be_said() -> None:
    status, said = signals("quarantine", "list", KAFKA_BOOTSTRAP="")
    assert (status, said.strip()) == (
        2,
        "say of what: --data FOLDER of a stopped node, --url of what is running, or KAFKA_BOOTSTRAP for a cluster",
    )


@pytest.mark.parametrize("verb", ["quarantine list", "quarantine redrive", "customer customer:1"])
def test_what_can_be_asked_of_a_running_node_is_sent_there(tmp_path: Path, verb: str) -> None:
    with closing(EmbeddedNode(Config(), tmp_path)):
        status, said = signals(*verb.split(), "--data", str(tmp_path))
    assert (status, "stop the other process" in said, "--url" in said) == (2, True, True), said


def test_variables_that_are_wrong_are_all_named() -> None:
    status, said = signals("run", SIGNALS_API_PORT="x", SIGNALS_API_MOST_EVENTS="many")
    assert (status, [line.split(":")[0] for line in said.splitlines()]) == (2, ["SIGNALS_API_MOST_EVENTS"])
    names = {"SIGNALS_API_TIMEZONE": "Mars", "SIGNALS_API_REQUESTS_PER_SECOND": "-1"}
    status, said = signals("run", **names)
    assert (status, {line.split(":")[0] for line in said.splitlines()}) == (2, set(names))
    status, said = signals("api", KAFKA_BOOTSTRAP="127.0.0.1:1", SIGNALS_API_PORT="x", SIGNALS_API_MOST_EVENTS="many")
    assert (status, {line.split(":")[0] for line in said.splitlines()}) == (
        2,
        {"SIGNALS_API_PORT", "SIGNALS_API_MOST_EVENTS"},
    )


def test_an_address_of_redis_that_is_none_is_named_without_its_password() -> None:
    status, said = signals("topics", "check", KAFKA_BOOTSTRAP="127.0.0.1:1", REDIS_URL="redis://:geheim/4711@redis")
    assert (status, said.startswith("REDIS_URL: "), "geheim" in said, "4711" in said) == (2, True, False, False), said


@pytest.mark.parametrize("file", ["state.db", "queue.db", "steering.db"])
def test_a_file_of_the_node_that_is_broken_is_named(tmp_path: Path, file: str) -> None:
    (tmp_path / file).write_text("no database" * 100)
    status, said = signals("run", "--data", str(tmp_path), "--port", "0")
    told = f"{tmp_path / file}: file is not a database; "
    assert (status, told in said, "Traceback" in said) == (2, True, False), said


@pytest.mark.parametrize("verb", ["sinks list", "privacy erase customer:1"])
def test_an_outbox_that_is_broken_is_named(tmp_path: Path, verb: str) -> None:
    with closing(EmbeddedNode(Config(), tmp_path)):
        (tmp_path / "outbox.db").write_text("no database" * 100)
    status, said = signals(*verb.split(), "--data", str(tmp_path))
    assert (status, "file is not a database; " in said, "Traceback" in said) == (2, True, False), said


def test_a_folder_that_may_not_be_written_is_not_taken_for_one_in_use(tmp_path: Path) -> None:
    with closing(EmbeddedNode(Config(), tmp_path)):
        pass
    status, said = no_file_grows("customer", "customer:1", "--data", str(tmp_path))
    assert (status, "is the disk full, or may the folder not be written?" in said) == (2, True), said
    assert "other process" not in said
    assert "--url" not in said


def no_file_grows(*arguments: str) -> tuple[int, str]:
    """A command on a disk without room."""
    limited = ["prlimit", "--fsize=0", sys.executable, "-m", "streams.cli", *arguments]
    ended = subprocess.run(limited, capture_output=True, text=True, timeout=300)
    return ended.returncode, ended.stderr


def test_a_port_that_somebody_has_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        status, said = signals("run", "--data", str(tmp_path / "data"), "--port", port)
    assert (status, f"can't listen on 127.0.0.1:{port}" in said, "Traceback" in said) == (2, True, False), said
