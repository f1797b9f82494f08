"""Calls of Segment-compatible clients become events; the shapes are those the real clients send."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import signals
from signals.calendar.instant import HOUR, MINUTE, SECOND, parse_instant
from signals.events.event import Event
from signals.pack.document import PackError
from streams.sources.quarantine import Quarantined, Request
from streams.sources.segment import CONSENT_UPDATED, Segment
from streams.sources.tracking import load_tracking

PACK = Path(signals.__file__).parent / "packs" / "insurance-nl"
SEGMENT = Segment(load_tracking(PACK / "tracking.yaml"))
NOW = parse_instant("2026-11-20T09:00:00Z")

PYTHON_CLIENT = {
    "integrations": {},
    "anonymousId": None,
    "userId": "1001",
    "timestamp": "2026-11-20T08:59:50.123456+00:00",
    "context": {"library": {"name": "analytics-python", "version": "2.4.0"}},
    "messageId": "m-1",
}


def read(*calls: Any, **body: Any) -> list[Event]:
    events, quarantined = SEGMENT.read_batch({"batch": list(calls)} | body, NOW)
    assert quarantined == []
    return events


def one(*calls: Any, **body: Any) -> Event:
    [event] = read(*calls, **body)
    return event


def why(*calls: Any, **body: Any) -> tuple[str, str | None]:
    events, [quarantined] = SEGMENT.read_batch({"batch": list(calls)} | body, NOW)
    assert events == []
    return quarantined.rejected.reason, quarantined.rejected.field


def a_call(kind: str = "page", **fields: Any) -> dict[str, Any]:
    properties = {"url": "https://x.nl/zorg", "title": "Zorg"}
    return {"type": kind, "messageId": "m-1", "anonymousId": "a-1", "properties": properties} | fields


def test_a_page_view_of_the_python_client_is_a_view_by_the_customer() -> None:
    call = PYTHON_CLIENT | {
        "type": "page",
        "name": "Zorg",
        "category": None,
        "properties": {"url": "https://x.nl/zorg"},
    }
    event = one(call, sentAt="2026-11-20T08:59:51.123456+00:00", writeKey="k")
    assert (event.type, event.subject, event.id, event.source) == ("web.viewed", "customer:1001", "m-1", "/segment")
    assert event.data == {"url": "https://x.nl/zorg", "title": "Zorg"}
    assert (event.time, event.arrival) == (NOW - SECOND, NOW)
    assert event.extensions == {"originaltime": "2026-11-20T08:59:50.123Z", "senttime": "2026-11-20T08:59:51.123Z"}


def test_the_rudder_node_client_has_its_times_on_the_call() -> None:
    call = a_call(originalTimestamp="2026-11-20T10:00:00.000Z", sentAt="2026-11-20T10:02:00.000Z")
    assert one(call).time == NOW - 2 * MINUTE


def test_the_rudder_python_client_has_only_a_timestamp_and_sent_at_on_the_batch() -> None:
    call = a_call(timestamp="2026-11-20T07:00:00+00:00")
    assert one(call).time == NOW - 2 * HOUR
    assert one(call, sentAt="2026-11-20T07:00:30+00:00").time == NOW - 30 * SECOND


def test_without_any_time_the_arrival_counts() -> None:
    event = one(a_call())
    assert (event.time, event.extensions) == (NOW, None)


def test_a_clock_that_runs_hours_ahead_is_put_right() -> None:
    assert one(a_call(timestamp="2026-11-20T14:00:00Z"), sentAt="2026-11-20T14:00:05Z").time == NOW - 5 * SECOND


def test_a_call_from_the_future_is_refused() -> None:
    assert why(a_call(timestamp="2026-11-20T14:00:00Z")) == ("FUTURE", "time")
    assert why(a_call(timestamp="2026-11-20T14:00:00Z"), sentAt="2026-11-20T12:00:00Z") == ("FUTURE", "time")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"timestamp": "gisteren"}, "timestamp"),
        ({"timestamp": 1795165200}, "timestamp"),
        ({"originalTimestamp": "2026-11-20T09:00:00"}, "originalTimestamp"),
        ({"timestamp": "2026-11-20T09:00:00Z", "sentAt": []}, "sentAt"),
        ({"timestamp": "9999-12-31T23:59:59Z", "sentAt": "0001-01-01T00:00:00Z"}, "sentAt"),
    ],
)
def test_a_time_that_is_none_is_refused(fields: dict[str, Any], field: str) -> None:
    assert why(a_call(**fields)) == ("BAD_TIME", field)


def test_context_of_the_batch_holds_for_every_call() -> None:
    context = {"page": {"referrer": "https://zoek.nl"}, "campaign": {"name": "najaar"}}
    event = one(a_call(context={"page": {"url": "u", "path": "/p"}}, properties=None), context=context)
    assert event.data == {"url": "u", "path": "/p", "campaign": "najaar"}


def test_a_screen_without_address_is_known_by_its_name() -> None:
    assert one(a_call("screen", name="Polissen", properties={})).data == {"path": "Polissen", "title": "Polissen"}


def test_identify_links_everything_weaker_to_the_strongest_name() -> None:
    traits = {"email": "Jan@X.nl", "phone": "0612345678", "plan": "gold"}
    events = read(a_call("identify", userId="1001", traits=traits))
    assert [(event.type, event.data["from"], event.data["to"], event.subject) for event in events] == [
        ("identity.linked", "email:jan@x.nl", "customer:1001", "customer:1001"),
        ("identity.linked", "phone:+31612345678", "customer:1001", "customer:1001"),
        ("identity.linked", "device:a-1", "customer:1001", "customer:1001"),
    ]
    assert len({event.id for event in events}) == 3


def test_a_visitor_who_leaves_an_address_is_linked_to_it() -> None:
    event = one(a_call("identify", context={"traits": {"email": "jan@x.nl"}}))
    assert event.data == {"from": "device:a-1", "to": "email:jan@x.nl", "source_of_truth": "identify"}


def test_identify_with_one_name_has_nothing_to_tell() -> None:
    assert read(a_call("identify", traits={"plan": "gold"})) == []


def test_what_is_good_of_a_call_goes_on_and_what_is_not_is_kept() -> None:
    call = a_call("identify", userId=1001, traits={"phone": "n.v.t."})
    events, [quarantined] = SEGMENT.read_batch({"batch": [a_call(), call]}, NOW)
    assert [event.subject for event in events] == ["device:a-1", "customer:1001"]
    assert (quarantined.rejected.reason, quarantined.rejected.field) == ("BAD_SUBJECT", "data.from")
    assert quarantined.place == Request("/v1/batch", 1)
    assert b'"n.v.t."' in quarantined.raw


def test_alias_links_the_earlier_visitor_never_two_customers() -> None:
    event = one({"type": "alias", "messageId": "m", "userId": "1001", "previousId": "1002", "anonymousId": None})
    assert event.data == {"from": "device:1002", "to": "customer:1001", "source_of_truth": "identify"}
    assert why(a_call("alias", userId="1001")) == ("MISSING_FIELD", "previousId")
    assert why(a_call("alias", previousId="a")) == ("MISSING_FIELD", "userId")


def test_group_is_joining_a_community() -> None:
    event = one(a_call("group", groupId="starters", traits={"job": "buy a first home"}))
    assert (event.type, event.data) == ("community.joined", {"community": "starters", "job": "buy a first home"})
    assert why(a_call("group", groupId=None)) == ("MISSING_FIELD", "data.community")


@pytest.mark.parametrize(
    ("name", "properties", "kind", "data"),
    [
        ("Products Searched", {"query": "zorg"}, "web.searched", {"query": "zorg"}),
        (
            "Quote Started",
            {"product": "home"},
            "form.changed",
            {"form": "quote", "step": "started", "product": "home"},
        ),
        (
            "Order Completed",
            {"total": 9.5, "products": [{"sku": "A", "quantity": 2, "price": 4.75, "brand": "x"}]},
            "order.placed",
            {"items": [{"sku": "A", "quantity": 2, "price": 4.75}], "amount": 9.5},
        ),
    ],
)
def test_track_names_are_read_by_the_packs_tracking_file(
    name: str, properties: dict[str, Any], kind: str, data: dict[str, Any]
) -> None:
    event = one(a_call("track", event=name, properties=properties))
    assert (event.type, event.data) == (kind, data)


def test_an_unknown_track_name_is_quarantined_and_an_ignored_one_is_not() -> None:
    assert why(a_call("track", event="Button Clicked")) == ("UNKNOWN_TYPE", "event")
    assert why(a_call("track", event=None)) == ("MISSING_FIELD", "event")
    assert why(a_call("track", event="Order Completed", properties={"products": "A"})) == ("WRONG_TYPE", "data.items")
    assert read(a_call("track", event="Application Opened")) == []


def test_a_consent_banner_speaks_of_the_web_only() -> None:
    context = {"consent": {"categoryPreferences": {"advertising": True, "analytics": False, "other": True}}}
    events = read(a_call("track", event=CONSENT_UPDATED, context=context))
    assert [(event.data["purpose"], event.data["given"], event.data["channels"]) for event in events] == [
        ("marketing", True, ["web"]),
        ("profiling", False, ["web"]),
    ]
    assert [event.type for event in read(a_call("identify", context=context))] == ["consent.changed"] * 2
    assert [event.type for event in read(a_call("page", context=context))] == ["web.viewed"]


@pytest.mark.parametrize(
    ("call", "reason", "field"),
    [
        ("page", "WRONG_TYPE", None),
        (a_call("delete"), "UNKNOWN_TYPE", "type"),
        (a_call(anonymousId=None), "MISSING_FIELD", "userId"),
        (a_call(anonymousId="", userId=True), "MISSING_FIELD", "userId"),
        (a_call(properties={}), "MISSING_FIELD", "data"),
        (a_call(properties={"url": 3}), "WRONG_TYPE", "data.url"),
    ],
)
def test_a_call_that_is_of_no_use_is_refused_with_the_field(call: Any, reason: str, field: str | None) -> None:
    assert why(call) == (reason, field)


def test_a_body_without_a_batch_is_refused() -> None:
    events, [quarantined] = SEGMENT.read_batch({"batch": None}, NOW)
    assert (events, quarantined.rejected.field) == ([], "batch")


def test_one_call_is_read_as_a_batch_of_one() -> None:
    call = a_call()
    del call["type"]
    events, _ = SEGMENT.read_call("page", call, NOW)
    assert events == read(a_call())
    _, [quarantined] = SEGMENT.read_call("track", call, NOW)
    assert quarantined.place == Request("/v1/track", 0)


def test_a_call_without_id_sent_again_is_the_same_event() -> None:
    call = a_call(messageId=None, timestamp="2026-11-20T08:00:00Z")
    assert one(call).id == one(call).id != one(call | {"anonymousId": "a-2"}).id


def test_the_order_of_calls_does_not_matter() -> None:
    calls = [a_call("alias", userId="1", previousId="a"), a_call("identify", userId="1"), a_call(messageId="m-2")]
    assert sorted(map(repr, read(*calls))) == sorted(map(repr, read(*reversed(calls))))


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
IDS = ["userId", "anonymousId", "previousId", "groupId", "messageId"]
FIELDS = st.sampled_from([*IDS, "type", "event", "traits", "properties", "context", "name", "timestamp", "sentAt"])


@given(st.sampled_from(["identify", "track", "page", "group", "alias"]), st.dictionaries(FIELDS, ANYTHING, max_size=4))
def test_no_call_makes_it_raise(kind: str, fields: dict[str, Any]) -> None:
    events, quarantined = SEGMENT.read_batch({"batch": [a_call(kind) | fields], "context": fields.get("context")}, NOW)
    assert all(isinstance(event, Event) for event in events)
    assert all(isinstance(record, Quarantined) for record in quarantined)


def test_a_mistake_in_a_tracking_file_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "tracking.yaml").write_text("events:\n  A:\n    typ: web.viewed\n")
    with pytest.raises(PackError, match=r"tracking.yaml:\d: events.A.typ"):
        load_tracking(tmp_path / "tracking.yaml")


def test_a_constant_that_no_event_may_have_is_named_with_its_line(tmp_path: Path) -> None:
    plan = "events:\n  A:\n    type: form.changed\n    data: {form: quote, step: begun}\n"
    (tmp_path / "tracking.yaml").write_text(plan)
    with pytest.raises(PackError, match=r"tracking.yaml:4: events.A.data.step: Input should be 'started'"):
        load_tracking(tmp_path / "tracking.yaml")
