"""What only the SQLite file promises."""

import sqlite3
from pathlib import Path
from threading import Thread

from streams.queue import Claim
from streams.queue.sqlite import SqliteQueue
from tests.streams.queue.made import NOW, recommendation


def test_a_file_from_before_ready_work_was_marked_is_worked_on(tmp_path: Path) -> None:
    path = tmp_path / "queue.sqlite"
    old = SqliteQueue(path)
    old.apply([recommendation(number, priority=float(number)) for number in range(3)])
    old.claim(Claim(by="jan", lease=60), NOW)
    old.close()
    with sqlite3.connect(path) as file:
        for index in ("ready_in_order", "ready_by_desk", "ready_by_owner", "waiting"):
            file.execute(f"DROP INDEX {index}")
        file.execute("ALTER TABLE recommendations DROP COLUMN ready")
    file.close()
    queue = SqliteQueue(path)
    handed = queue.claim(Claim(by="piet", lease=60, count=3), NOW)
    assert [item.recommendation["id"] for item in handed] == ["rec_00001", "rec_00000"]
    queue.close()


def test_a_thread_that_ended_leaves_no_file_open(tmp_path: Path) -> None:
    queue = SqliteQueue(tmp_path / "queue.sqlite")
    before = None
    for _ in range(10):
        thread = Thread(target=queue.get, args=("rec_00001",))
        thread.start()
        thread.join()
        now = sum(path.readlink().is_relative_to(tmp_path) for path in Path("/proc/self/fd").iterdir() if path.exists())
        assert before in (None, now)
        before = now
    queue.close()
