"""Whether decisions add up, checked from outside: ``python -m tests.streams.conservation decisions.jsonl …``.

Reads decisions (bare, or as the data of CloudEvents), each revision of its own, in order: from files, or from the topic
itself, ``kafka://127.0.0.1:9092/decisions``. Shares no code with the engine: the closed lists are those of the
contract, written down once more.
"""

import gzip
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator

from kafka import KafkaConsumer, TopicPartition

ENDS = {
    "KILL_SWITCH": "rejected ghost", "ERASED": "rejected", "DUPLICATE": "rejected", "LATE": "rejected",
    "WARMUP": "rejected", "NO_CONSENT": "rejected", "CONSENT_EXPIRED": "rejected", "OBJECTED": "rejected",
    "CARE_GUARD": "rejected", "PROMISE_FIRST": "rejected", "LOW_CONFIDENCE": "rejected", "NO_ADDRESS": "rejected",
    "FREQ_CAP": "rejected", "SUPERSEDED": "rejected", "LOW_VALUE": "rejected", "HOLDOUT": "ghost",
    "RELEASED": "released withdrawn superseded expired overruled done",
    "EXPIRED": "expired", "WITHDRAWN": "withdrawn ghost", "OVERRULED": "overruled",
}  # fmt: skip
HOLDS = ("QUIET_HOURS", "CAPACITY")


def problems(decisions: Iterable[dict]) -> list[str]:
    """What does not add up, in words; nothing when all does."""
    found: list[str] = []
    last: dict[str, dict] = {}
    for decision in decisions:
        name, before = decision["id"], last.get(decision["id"])
        reason, status = decision["reason"], decision["status"]
        if status not in ("held" if reason in HOLDS else ENDS.get(reason, "")).split():
            found.append(f"{name}: {reason} does not go with {status}")
        if before is not None and before["reason"] not in (reason, *HOLDS):
            found.append(f"{name}: {before['reason']} was final and became {reason}")
        if before is not None and before["trigger"] != decision["trigger"]:
            found.append(f"{name}: {before['trigger']} became {decision['trigger']}")
        if (decision["recommendation"] is not None) != (reason == "RELEASED"):
            found.append(f"{name}: names a recommendation exactly when it was released, not as {reason}")
        last[name] = decision
    released = Counter(one["recommendation"] for one in last.values() if one["recommendation"])
    found += [f"{name}: released {times} times" for name, times in released.items() if times > 1]
    candidates = Counter(one["trigger"] for one in last.values())
    reasons = Counter((one["trigger"], one["reason"]) for one in last.values())
    for trigger, count in candidates.items():
        if count != sum(times for (name, _), times in reasons.items() if name == trigger):
            found.append(f"{trigger}: {count} candidates are not the sum of their reasons")
    return found


def read(paths: Iterable[str]) -> Iterator[dict]:
    """The decisions of these files and topics."""
    for path in paths:
        if path.startswith("kafka://"):
            yield from read_topic(path)
            continue
        with gzip.open(path, "rt") if path.endswith(".gz") else open(path) as lines:
            for line in lines:
                record = json.loads(line)
                yield record.get("data", record)


def read_topic(address: str) -> Iterator[dict]:
    """The committed decisions that a topic holds now; what only tells that a customer was erased is none.

    A customer who moves to another partition takes their decisions along: those are told apart by the time of writing.
    """
    bootstrap, _, topic = address.removeprefix("kafka://").partition("/")
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, isolation_level="read_committed", group_id=None)
    parts = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
    consumer.assign(parts)
    consumer.seek_to_beginning(*parts)
    ends, found = consumer.end_offsets(parts), []
    while any(consumer.position(part) < ends[part] for part in parts):
        for records in consumer.poll(timeout_ms=500).values():
            found += [(one.timestamp, one.partition, one.offset, one.value) for one in records if one.value]
    consumer.close()
    told = [json.loads(value) for *_, value in sorted(found)]
    yield from (one["data"] for one in told if one["type"] == "decision.changed")


if __name__ == "__main__":
    decisions = list(read(sys.argv[1:]))
    wrong, candidates = problems(decisions), len({one["id"] for one in decisions})
    print("\n".join(wrong) or f"all {candidates} candidates have exactly one reason, in {len(decisions)} decisions")
    sys.exit(bool(wrong or not decisions))
