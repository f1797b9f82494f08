"""Where work stops in the midst of a batch, what its records led to counts up to there, and each once."""

import json
from typing import Any

import pytest

from streams.cluster.fetching import Fetched
from streams.cluster.records import Outcome
from streams.cluster.routing import Router, shard_of
from streams.cluster.sorting import Sorting
from tests.cluster.test_shard import Record
from tests.cluster.workers import search

COUNT, ALL = 4, 1_400


def sorting(fetched: Fetched) -> Sorting:
    return Sorting(Router(COUNT, 0, stamped=False), fetched, forwarded=False, failing={})


def led_to(outcome: Outcome) -> dict[str, Any]:
    return {
        "forwards": outcome.forwards,
        "refused": [key for key, _ in outcome.quarantined],
        "reasons": outcome.reasons,
        "processed": outcome.processed,
        "records": outcome.records,
        "positions": outcome.positions,
        "unread": outcome.unread,
    }


@pytest.mark.parametrize("stop", [0, 100, 499, 500, 501, 1_200])
def test_a_batch_that_is_cut_leads_to_what_its_beginning_leads_to(stop: int) -> None:
    values = [b"no event" if one % 7 == 3 else json.dumps(search(one, one)).encode() for one in range(ALL)]
    records: Any = [Record(offset, value) for offset, value in enumerate(values)]
    place = next(one for one in range(stop, ALL) if one % 7 != 3 and shard_of(f"customer:{one}", COUNT) == 0)
    fetched = Fetched("events", 0, records, ALL, 9, 0)
    cut = sorting(fetched)
    left = next(event for event in cut if event.subject == f"customer:{place}")
    outcome, done = cut.ended(left)
    beginning = sorting(fetched.first(place))
    events = list(beginning)
    assert (led_to(outcome), done) == (led_to(beginning.ended()[0]), fetched.first(place))
    assert outcome.processed == len(events)


def test_a_batch_that_is_not_cut_counts_as_a_whole() -> None:
    records: Any = [Record(one, json.dumps(search(one, one)).encode()) for one in range(ALL)]
    whole = sorting(Fetched("events", 0, records, ALL, 0, 0))
    mine = len(list(whole))
    outcome, done = whole.ended()
    assert (outcome.processed, len(outcome.forwards), len(done.records)) == (mine, ALL - mine, ALL)
