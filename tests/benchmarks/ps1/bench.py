"""The peers' own bench, with our worker as one more engine: ``signals`` beside their names.

Their program measures and checks as ever; for ``signals`` its ends are exchanged: events go in converted, each into the
partition of its customer (as ``signals load`` puts them), and recommendations come back as the job's outputs, with the
oracle's ``id`` and the customer's number of events ``n``. ``side_by_side.py`` runs it; it needs the peers' packages.
"""

import json
import os
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, os.environ["PEERS"])

from ps1 import bench, load, oracle

from tests.benchmarks.ps1.convert import converted
from tests.benchmarks.ps1.outputs import output_of

COPIED = [("signals-copied", b"1")]
IN_ORDER = {"enable.idempotence": True}
"""What a topic just created refuses and gets again must not come behind what followed it: ``n`` would be another."""

_tsv = bench.expected


class Sender:
    """Stands for their producer: takes the generator's events, sends ours."""

    def __init__(self, producer: Any, topic: str) -> None:
        self._producer = producer
        self._topic = topic
        self.flush, self.poll, self.__len__ = producer.flush, producer.poll, producer.__len__

    def __len__(self) -> int:
        return len(self._producer)

    def produce(self, _: str, line: bytes, key: bytes | str) -> None:
        event = converted(line)
        if b'"type":"market.changed"' in event or b'"type":"clock.ticked"' in event:
            for shard in range(oracle.PARTS):
                self._producer.produce(self._topic, event, key, partition=shard, headers=COPIED)
        else:
            self._producer.produce(self._topic, event, key, partition=home_of(key))


class Outputs:
    """Stands for what reads a record of theirs: their JSON becomes what our recommendation says."""

    def __init__(self, loads: Callable[[bytes], Any]) -> None:
        self._loads = loads

    def __call__(self, value: bytes) -> Any:
        return output_of(self._loads(value)["data"])


class Watcher(bench.Watcher):
    """Reads the first revision of every recommendation of the run."""

    def __init__(self, topic: str) -> None:
        super().__init__(f"{topic.removesuffix('.out')}-recommendations")
        self.c = FirstRevisions(self.c)


class FirstRevisions:
    """A consumer that leaves out what an output of the job is not: a recommendation's later revisions."""

    def __init__(self, consumer: Any) -> None:
        self._consumer = consumer
        self.close = consumer.close

    def poll(self, seconds: float) -> Any:
        found = self._consumer.poll(seconds)
        return found if found is not None and _is_first(found) else None

    def consume(self, count: int, seconds: float) -> list[Any]:
        return [found for found in self._consumer.consume(count, seconds) if _is_first(found)]


class Engine(bench.Engine):
    """Our workers, with the data set in their own topic of events."""

    def __init__(self, options: Any, in_topic: str, run: str) -> None:
        super().__init__(options, in_topic, run)
        if options.mode != "latency":
            create_topics(run)
            fill(run, bench.WORK / f"{options.dataset}.jsonl")


def _is_first(record: Any) -> bool:
    return record.error() is not None or b'"revision":1' in record.value()


def home_of(key: bytes | str) -> int:
    """The shard of the customer under whose number the generator sends."""
    number = key if isinstance(key, bytes) else key.encode()
    return zlib.crc32(b"customer:" + number) % oracle.PARTS


def create_topics(run: str) -> None:
    variables = {"SIGNALS_TOPIC_PREFIX": f"{run}-", "SIGNALS_PARTITIONS": str(oracle.PARTS)}
    subprocess.run([os.environ["SIGNALS"], "topics", "create"], env={**os.environ, **variables}, check=True)


def fill(run: str, events: Path) -> None:
    """Load a data set, and the ticks that let every deadline pass."""
    sender = Sender(load.producer(**IN_ORDER), f"{run}-events")
    last = b""
    for line in events.open("rb"):
        last = line
        sender.produce("", line[:-1], key_in(line))
        sender.poll(0)
        while len(sender) > 300_000:
            sender.poll(0.05)
    moment = oracle.ms(json.loads(last)["time"]) + 40 * 86_400_000
    tick = {"id": "tick", "type": "clock.tick", "time": load.iso(moment), "customer_id": "", "payload": {}}
    sender.produce("", json.dumps(tick).encode(), "tick")
    sender.flush()


def key_in(line: bytes) -> bytes:
    begin = line.index(b'"customer_id":"') + 15
    return line[begin : line.index(b'"', begin)]


def expected(tsv: Path) -> Any:
    """Their expectation, with each event's place in our partitions."""
    meta, wanted = _tsv(tsv)
    places, counts = [], [0] * oracle.PARTS
    for line in tsv.with_suffix(".jsonl").open("rb"):
        shard = home_of(key_in(line))
        places.append((shard, counts[shard]))
        counts[shard] += 1
    moved = {
        name: (trigger, *(places[index] if index >= 0 else (0, -1)), index, n)
        for name, (trigger, _, _, index, n) in wanted.items()
    }
    return {**meta, "parts": counts}, moved


def main() -> int:
    """Run their bench; exchange its ends when it is our turn."""
    bench.HERE = Path(__file__).parent
    if "signals" in sys.argv:
        made: list[str] = []

        def create(topic: str, drop: bool = False) -> bool:
            if topic.endswith(".in"):
                made.append(topic.removesuffix(".in"))
                create_topics(made[0])
            return True

        bench.create = create
        bench.producer = lambda **options: Sender(load.producer(**IN_ORDER, **options), f"{made[0]}-events")
        bench.expected, bench.Watcher, bench.Engine = expected, Watcher, Engine
        bench.loads = Outputs(bench.loads)
    status: int = bench.main()
    return status


if __name__ == "__main__":
    sys.exit(main())
