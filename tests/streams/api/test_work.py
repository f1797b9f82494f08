"""Working recommendations over HTTP, and what is told of it to the engine."""

from typing import Any

import httpx2 as httpx
import pytest

from signals.calendar.instant import HOUR
from streams.api import Busy
from tests.streams.api.serving import Desktop
from tests.streams.queue.made import NOW, decision, recommendation

HERE = "/v1/recommendations"


def _outcomes(node: Desktop) -> list[tuple[str, dict[str, Any]]]:
    return [(event.subject, event.data) for event in node.events if event.type == "recommendation.outcome"]


def test_claim_work_and_tell(client: httpx.Client, node: Desktop) -> None:
    node.queue.apply([recommendation(1, priority=1.0, owner="jan"), recommendation(2, priority=9.0)])
    [item] = client.post(f"{HERE}/claim", json={"by": "jan", "desk": "advisers"}).json()["items"]
    assert item["id"] == "rec_00001"
    assert item["work"] == {
        "claimed_by": "jan",
        "lease_until": "2026-11-20T10:15:00Z",
        "snoozed_until": None,
        "outcome": None,
        "closed": False,
    }
    done = client.post(f"{HERE}/rec_00001/outcome", json={"by": "jan", "outcome": "accepted", "value": 12.5})
    assert done.json()["work"]["closed"]
    assert _outcomes(node) == [
        ("customer:1001", {"recommendation": "rec_00001", "outcome": "claimed", "by": "jan"}),
        ("customer:1001", {"recommendation": "rec_00001", "outcome": "accepted", "by": "jan", "value": 12.5}),
    ]


def test_two_claimers_do_not_get_the_same(client: httpx.Client, node: Desktop) -> None:
    node.queue.apply([recommendation(1)])
    assert client.post(f"{HERE}/rec_00001/claim", json={"by": "jan"}).status_code == 200
    refused = client.post(f"{HERE}/rec_00001/claim", json={"by": "piet"})
    assert (refused.status_code, refused.json()["code"]) == (409, "HELD_BY_ANOTHER")
    assert client.post(f"{HERE}/claim", json={"by": "piet"}).json() == {"items": []}
    assert client.post(f"{HERE}/rec_00001/renew", json={"by": "piet"}).json()["code"] == "NOT_HELD"
    kept = client.post(f"{HERE}/rec_00001/renew", json={"by": "jan", "lease_seconds": 3600})
    assert kept.json()["work"]["lease_until"] == "2026-11-20T11:00:00Z"
    assert client.post(f"{HERE}/rec_00001/release", json={"by": "jan"}).json()["work"]["claimed_by"] is None


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "once"}])
def test_work_that_could_not_be_told_as_claimed_is_there_for_the_next(
    client: httpx.Client, node: Desktop, headers: dict[str, str]
) -> None:
    node.queue.apply([recommendation(1), recommendation(2)])
    node.trouble = Busy(1)
    assert client.post(f"{HERE}/claim", json={"by": "jan", "count": 2}, headers=headers).status_code == 503
    node.trouble = None
    assert len(client.post(f"{HERE}/claim", json={"by": "jan", "count": 2}, headers=headers).json()["items"]) == 2


def test_snoozing_is_told(client: httpx.Client, node: Desktop) -> None:
    node.queue.apply([recommendation(1)])
    body = {"by": "jan", "until": "2026-11-21T09:00:00+01:00"}
    assert client.post(f"{HERE}/rec_00001/snooze", json=body).json()["work"]["snoozed_until"] == "2026-11-21T08:00:00Z"
    assert _outcomes(node)[0][1]["until"] == "2026-11-21T08:00:00Z"
    naive = client.post(f"{HERE}/rec_00001/snooze", json=body | {"until": "2026-11-21T09:00:00"})
    assert (naive.status_code, naive.json()["errors"]) == (
        422,
        [{"pointer": "/body/until", "code": "timezone_aware"}],
    )


@pytest.mark.parametrize(
    ("verb", "said"),
    [
        ("outcome", '{"outcome": "converted", "value": NaN}'),
        ("outcome", '{"outcome": "converted", "value": 1e999}'),
        ("outcome", '{"outcome": "not_reached", "again_at": "9999-12-31T23:59:59-14:00"}'),
        ("snooze", '{"until": "0001-01-01T00:00:00+14:00"}'),
        ("snooze", '{"until": "2200-01-01T00:00:00Z"}'),
    ],
)
@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "once"}])
def test_what_no_event_can_tell_is_refused_and_changes_nothing(
    client: httpx.Client, node: Desktop, verb: str, said: str, headers: dict[str, str]
) -> None:
    node.queue.apply([recommendation(1)])
    before = client.get(f"{HERE}/rec_00001").json()
    kind = {"Content-Type": "application/json"}
    reply = client.post(f"{HERE}/rec_00001/{verb}", content=said, headers=kind | headers)
    assert (reply.status_code, reply.json()["code"]) == (422, "INVALID")
    assert client.get(f"{HERE}/rec_00001").json() == before
    assert _outcomes(node) == []


def test_who_was_not_reached_is_tried_again_later(client: httpx.Client, node: Desktop) -> None:
    node.queue.apply([recommendation(1)])
    body = {"by": "jan", "outcome": "not_reached"}
    assert client.post(f"{HERE}/rec_00001/outcome", json=body).json()["work"]["snoozed_until"] == "2026-11-20T12:00:00Z"
    node.moment = NOW + 2 * HOUR
    assert len(client.post(f"{HERE}/claim", json={"by": "piet"}).json()["items"]) == 1


def test_a_repeated_outcome_counts_once(client: httpx.Client, node: Desktop) -> None:
    node.queue.apply([recommendation(1)])
    for _ in range(3):
        node.moment += 1000
        body = {"by": "jan", "outcome": "accepted"}
        reply = client.post(f"{HERE}/rec_00001/outcome", json=body, headers={"Idempotency-Key": "call-77"})
        assert reply.status_code == 200
    assert len(_outcomes(node)) == 1


def test_a_person_has_the_last_word_but_not_over_the_customers(client: httpx.Client, node: Desktop) -> None:
    node.queue.apply([recommendation(1)])
    node.queue.apply_decisions([decision(2), decision(3, reason="OBJECTED"), decision(4, reason="ERASED")])
    assert client.post(f"{HERE}/rec_00001/overrule", json={"by": "eva", "note": "moved abroad"}).status_code == 200
    body = {"by": "eva", "note": "asked for it by phone", "direction": "release"}
    assert client.post(f"{HERE}/dec_00002/overrule", json=body).status_code == 200
    for id in ("dec_00003", "dec_00004"):
        refused = client.post(f"{HERE}/{id}/overrule", json=body)
        assert (refused.status_code, refused.json()["code"]) == (409, "FINAL")
    assert client.post(f"{HERE}/rec_00001/overrule", json={"by": "eva", "note": ""}).status_code == 422
    told = [(data["recommendation"], data["direction"], data["note"]) for _, data in _outcomes(node)]
    assert told == [("rec_00001", "stop", "moved abroad"), ("dec_00002", "release", "asked for it by phone")]


def test_what_does_not_go_out_can_not_be_stopped(client: httpx.Client, node: Desktop) -> None:
    node.queue.apply_decisions([decision(2)])
    reply = client.post(f"{HERE}/dec_00002/overrule", json={"by": "eva", "note": "she asked us to"})
    assert (reply.status_code, reply.json()["code"]) == (409, "NOTHING_TO_STOP")
    assert '"direction": "release"' in reply.json()["detail"]
    assert _outcomes(node) == []


def test_what_has_nothing_to_release_can_not_be_released(client: httpx.Client, node: Desktop) -> None:
    node.queue.apply([recommendation(1)])
    node.queue.apply_decisions([decision(2, reason="DUPLICATE"), decision(3, reason="WARMUP")])
    for id in ("rec_00001", "dec_00002", "dec_00003"):
        body = {"by": "eva", "note": "all the same", "direction": "release"}
        reply = client.post(f"{HERE}/{id}/overrule", json=body)
        assert (reply.status_code, reply.json()["code"]) == (409, "NOTHING_TO_RELEASE")
    assert _outcomes(node) == []


@pytest.mark.parametrize("verb", ["claim", "renew", "release", "snooze", "outcome", "overrule"])
def test_unknown_recommendations_are_not_found(client: httpx.Client, verb: str) -> None:
    body = {"by": "jan"} | {
        "snooze": {"until": "2026-11-21T09:00:00Z"},
        "outcome": {"outcome": "accepted"},
        "overrule": {"note": "because"},
    }.get(verb, {})
    reply = client.post(f"{HERE}/rec_nobody/{verb}", json=body)
    assert (reply.status_code, reply.json()["code"]) == (404, "UNKNOWN")


def test_a_repeated_request_leads_to_what_it_led_to(client: httpx.Client, node: Desktop) -> None:
    node.queue.apply([recommendation(number) for number in range(3)])
    named = {"Idempotency-Key": "k1"}
    claims = [client.post(f"{HERE}/claim", json={"by": "jan"}, headers=named).json() for _ in range(3)]
    assert claims[0] == claims[1] == claims[2]
    assert len(_outcomes(node)) == 1
    other = client.post(f"{HERE}/claim", json={"by": "jan"}, headers={"Idempotency-Key": "k2"}).json()
    assert other["items"][0]["id"] != claims[0]["items"][0]["id"]
    id = claims[0]["items"][0]["id"]
    for _ in range(2):
        assert client.post(f"{HERE}/{id}/release", json={"by": "jan"}, headers=named).status_code == 200
    assert client.post(f"{HERE}/{id}/release", json={"by": "jan"}).json()["code"] == "NOT_HELD"


def test_a_key_names_one_request_only_and_a_refused_one_may_be_repeated(client: httpx.Client, node: Desktop) -> None:
    node.queue.apply([recommendation(1)])
    named = {"Idempotency-Key": "k1"}
    assert client.post(f"{HERE}/rec_00001/renew", json={"by": "jan"}, headers=named).json()["code"] == "NOT_HELD"
    client.post(f"{HERE}/rec_00001/claim", json={"by": "jan"})
    assert client.post(f"{HERE}/rec_00001/renew", json={"by": "jan"}, headers=named).status_code == 200
    reused = client.post(f"{HERE}/rec_00001/renew", json={"by": "jan", "lease_seconds": 60}, headers=named)
    assert (reused.status_code, reused.json()["code"]) == (422, "KEY_REUSED")
    node.queue.erase("customer:1001")
    assert client.post(f"{HERE}/rec_00001/renew", json={"by": "jan"}, headers=named).status_code == 404


def test_what_is_unusual_takes_the_long_way_and_is_told_what_is_wrong(client: httpx.Client, node: Desktop) -> None:
    node.queue.apply([recommendation(1)])
    plain = client.post(f"{HERE}/claim", content=b'{"by": "ann"}', headers={"Content-Type": "text/plain"})
    wrong = client.post(f"{HERE}/claim", json={"by": "ann", "cuont": 2})
    broken = client.post(f"{HERE}/rec_00001/outcome", content=b"{", headers={"Content-Type": "application/json"})
    assert [reply.status_code for reply in (plain, wrong, broken)] == [422, 422, 422]
    assert wrong.json()["errors"] == [{"pointer": "/body/cuont", "code": "extra_forbidden"}]
    unknown = client.post(f"{HERE}/rec_00009/outcome", json={"outcome": "declined"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "UNKNOWN")
    assert client.get(HERE, params={"limit": 9}).json()["items"][0]["work"]["claimed_by"] is None
