"""Bytes in, an event or the reason why not out."""

import base64
import gzip
import json
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from signals.calendar.instant import MINUTE, parse_instant
from signals.events.bounded_json import DEEPEST
from signals.events.catalogue import CATALOGUE, WITHOUT_SUBJECT
from signals.events.decode import (
    LONGEST,
    REASONS,
    Rejected,
    decode_binary,
    decode_object,
    decode_structured,
    encode,
)
from signals.events.event import Event
from tests.signals.events.examples import DATA, WHEN, an_event

NINE = parse_instant(WHEN)


def why(envelope: dict[str, Any], **options: Any) -> tuple[str, str | None]:
    """Reason and field of an event that must be refused."""
    outcome = decode_object(envelope, **options)
    assert isinstance(outcome, Rejected), outcome
    assert outcome.reason in REASONS
    assert outcome.detail
    return outcome.reason, outcome.field


def accepted(outcome: Event | Rejected) -> Event:
    assert isinstance(outcome, Event), outcome
    return outcome


def required_of(kind: str) -> frozenset[str]:
    """The fields that an event of this type must have."""
    shape = CATALOGUE[kind]
    return frozenset(getattr(getattr(shape, "__origin__", shape), "__required_keys__", ()))


@pytest.mark.parametrize("kind", CATALOGUE)
def test_every_type_of_the_catalogue_is_taken_and_its_data_kept(kind: str) -> None:
    event = accepted(decode_object(an_event(kind, data=DATA[kind] | {"shoe_size": 43})))
    assert (event.type, event.time, event.arrival) == (kind, NINE, NINE)
    assert event.data == DATA[kind] | {"shoe_size": 43}
    assert event.subject == ("" if kind in WITHOUT_SUBJECT else an_event(kind)["subject"])


@pytest.mark.parametrize(
    ("kind", "field"),
    [(kind, field) for kind in CATALOGUE for field in sorted(required_of(kind))],
)
def test_a_required_field_that_is_absent_or_null_is_missing(kind: str, field: str) -> None:
    absent = {name: value for name, value in DATA[kind].items() if name != field}
    assert why(an_event(kind, data=absent)) == ("MISSING_FIELD", f"data.{field}")
    assert why(an_event(kind, data=absent | {field: None})) == ("MISSING_FIELD", f"data.{field}")


@pytest.mark.parametrize("kind", CATALOGUE)
def test_null_in_an_optional_field_is_as_good_as_absent(kind: str) -> None:
    optional = set(DATA[kind]) - required_of(kind) - {"url"}
    accepted(decode_object(an_event(kind, data=DATA[kind] | dict.fromkeys(optional))))


@pytest.mark.parametrize(
    ("attributes", "reason", "field"),
    [
        ({"specversion": "0.3"}, "BAD_VERSION", "specversion"),
        ({"specversion": 1.0}, "BAD_VERSION", "specversion"),
        ({"id": 7}, "WRONG_TYPE", "id"),
        ({"id": ""}, "MISSING_FIELD", "id"),
        ({"id": "x" * 513}, "BAD_VALUE", "id"),
        ({"source": "x" * 513}, "BAD_VALUE", "source"),
        ({"source": ["/crm"]}, "WRONG_TYPE", "source"),
        ({"type": "contact.happened"}, "UNKNOWN_TYPE", "type"),
        ({"time": "2026-11-20T09:00:00"}, "BAD_TIME", "time"),
        ({"time": "20261120T090000+0100"}, "BAD_TIME", "time"),
        ({"time": "2026-W47-5T09:00:00Z"}, "BAD_TIME", "time"),
        ({"time": "2026-02-30T09:00:00Z"}, "BAD_TIME", "time"),
        ({"time": "gisteren"}, "BAD_TIME", "time"),
        ({"time": "0001-01-01T00:00:00+14:00"}, "BAD_TIME", "time"),
        ({"time": 1795161600}, "WRONG_TYPE", "time"),
        ({"recordedtime": "nu"}, "BAD_TIME", "recordedtime"),
        ({"subject": "1001"}, "BAD_SUBJECT", "subject"),
        ({"subject": "market:NL"}, "BAD_SUBJECT", "subject"),
        ({"subject": 1001}, "WRONG_TYPE", "subject"),
        ({"warmup": "yes"}, "WRONG_TYPE", "warmup"),
        ({"data": "channel=phone"}, "WRONG_TYPE", "data"),
        ({"data": {"channel": "fax"}}, "BAD_VALUE", "data.channel"),
        ({"data": {"channel": "phone", "sentiment": "0.1"}}, "WRONG_TYPE", "data.sentiment"),
        ({"data": {"channel": "phone", "sentiment": True}}, "WRONG_TYPE", "data.sentiment"),
        ({"data": {"channel": "phone", "sentiment": -1.5}}, "BAD_VALUE", "data.sentiment"),
        ({"data": {"channel": "phone", "resolved": 1}}, "WRONG_TYPE", "data.resolved"),
        ({"data": {"channel": "phone", "topic": 3}}, "WRONG_TYPE", "data.topic"),
    ],
)
def test_what_is_wrong_is_named_with_reason_and_field(attributes: dict[str, Any], reason: str, field: str) -> None:
    assert why(an_event(**attributes)) == (reason, field)


@pytest.mark.parametrize("attribute", ["specversion", "id", "source", "type", "time", "subject", "data"])
def test_the_envelope_must_be_complete(attribute: str) -> None:
    assert why(an_event(**{attribute: None})) == ("MISSING_FIELD", attribute)


@pytest.mark.parametrize(
    ("kind", "data", "reason", "field"),
    [
        ("web.viewed", {"title": "nergens"}, "MISSING_FIELD", "data"),
        ("order.placed", {"items": [{"sku": "a"}, {"quantity": 1}]}, "MISSING_FIELD", "data.items.1.sku"),
        ("order.placed", {"items": [{"sku": "a", "quantity": 10**400}]}, "WRONG_TYPE", "data.items.0.quantity"),
        ("order.placed", {"items": [{"sku": "a", "quantity": 1e300}]}, "BAD_VALUE", "data.items.0.quantity"),
        ("profile.changed", {"field": "timezone", "new": "Mars/Phobos"}, "BAD_VALUE", "data.new"),
        ("profile.changed", {"field": "timezone", "new": 1}, "BAD_VALUE", "data.new"),
        ("promise.changed", {"promise": "B", "status": "made", "due": "2026-11-31"}, "BAD_TIME", "data.due"),
        ("promise.changed", {"promise": "B", "status": "made", "due": "2026-11-30T10:00"}, "BAD_TIME", "data.due"),
        ("policy.changed", {"policy": "", "product": "car", "change": "started"}, "BAD_VALUE", "data.policy"),
        ("identity.linked", {"from": "jan", "to": "customer:1"}, "BAD_SUBJECT", "data.from"),
        ("identity.linked", {"from": "customer:1", "to": "market:NL"}, "BAD_SUBJECT", "data.to"),
        ("referral.made", {"referred": "email:piet"}, "BAD_SUBJECT", "data.referred"),
    ],
)
def test_data_is_checked_against_its_type(kind: str, data: dict[str, Any], reason: str, field: str) -> None:
    assert why(an_event(kind, data=data)) == (reason, field)


def test_subjects_are_canonical_also_inside_data() -> None:
    event = accepted(
        decode_object(
            an_event(
                "identity.linked", subject="phone:06 12345678", data={"from": "email:A@B.nl", "to": "phone:0612345678"}
            )
        )
    )
    assert (event.subject, event.data) == (
        "phone:+31612345678",
        {"from": "email:a@b.nl", "to": "phone:+31612345678"},
    )


def test_only_market_news_is_about_a_market() -> None:
    assert accepted(decode_object(an_event("market.changed"))).subject == "market:NL"
    assert why(an_event("market.changed", subject="customer:1")) == ("BAD_SUBJECT", "subject")


def test_a_clock_tick_needs_neither_subject_nor_data() -> None:
    event = accepted(decode_object(an_event("clock.ticked", subject=None, data=None)))
    assert (event.subject, event.data) == ("", {})


def test_arrival_is_told_or_recorded_or_the_event_time() -> None:
    recorded = an_event(recordedtime="2026-11-20T08:01:00Z")
    assert accepted(decode_object(an_event())).arrival == NINE
    assert accepted(decode_object(recorded)).arrival == NINE + MINUTE
    assert accepted(decode_object(recorded, NINE + 5)).arrival == NINE + 5


def test_an_event_of_the_future_is_refused_when_the_arrival_is_known() -> None:
    accepted(decode_object(an_event(), NINE - 10 * MINUTE))
    assert why(an_event(), arrival=NINE - 10 * MINUTE - 1) == ("FUTURE", "time")
    assert why(an_event(recordedtime="2026-11-20T07:49:59Z")) == ("FUTURE", "time")


def test_warm_up_and_unknown_attributes_are_kept() -> None:
    assert accepted(decode_object(an_event(datacontenttype="application/json"))).extensions == {
        "datacontenttype": "application/json"
    }
    event = accepted(decode_object(an_event(warmup=True, traceparent="00-ab", partitionKey="x")))
    assert event.warmup
    assert event.extensions == {"traceparent": "00-ab", "partitionKey": "x"}
    assert accepted(decode_object(an_event())).extensions is None


def test_decoding_leaves_the_mapping_of_the_caller_as_it_is() -> None:
    envelope = an_event("identity.linked", data={"from": "email:A@B.nl", "to": "phone:0612345678"})
    before = json.dumps(envelope)
    decode_object(envelope)
    assert json.dumps(envelope) == before


BINARY = [(f"ce_{name}", str(value).encode()) for name, value in an_event().items() if name != "data"]
VALUE = json.dumps(DATA["contact.received"]).encode()


def test_binary_and_structured_mode_give_the_same_event() -> None:
    structured = accepted(decode_object(an_event(warmup=True, traceparent="00-ab", datacontenttype="application/json")))
    extra = [("content-type", b"application/json"), ("ce_warmup", b"true"), ("ce_traceparent", b"00-ab")]
    assert decode_binary([*BINARY, *extra], VALUE) == structured


TICK = [("ce_id", b"t1"), ("ce_source", b"/clock"), ("ce_specversion", b"1.0"), ("ce_type", b"clock.ticked")]


@pytest.mark.parametrize("value", [b"", None])
def test_a_tick_of_the_clock_has_no_data_in_binary_mode_either(value: bytes | None) -> None:
    event = accepted(decode_binary([*TICK, ("ce_time", b"2026-11-20T09:00:00Z")], value))
    assert (event.type, event.data) == ("clock.ticked", {})


@pytest.mark.parametrize("written", [b"true", b"True"])
def test_warmup_may_be_written_as_pythons_own_client_writes_it(written: bytes) -> None:
    assert accepted(decode_binary([*BINARY, ("ce_warmup", written)], VALUE)).warmup


@pytest.mark.parametrize("media", [{}, {"datacontenttype": "application/json; charset=utf-8"}])
def test_data_that_a_client_was_given_as_bytes_is_read(media: dict[str, str]) -> None:
    packed = an_event(data_base64=base64.b64encode(VALUE).decode(), **media)
    del packed["data"]
    assert decode_object(packed) == decode_object(an_event(**media))


@pytest.mark.parametrize(
    ("attributes", "reason", "field"),
    [
        ({"data_base64": "e30=", "datacontenttype": "text/csv"}, "NOT_JSON", "datacontenttype"),
        ({"data_base64": "no base64"}, "WRONG_TYPE", "data_base64"),
        ({"data_base64": 5}, "WRONG_TYPE", "data_base64"),
        ({"data_base64": base64.b64encode(b"a;b").decode()}, "NOT_JSON", None),
        ({"data_base64": base64.b64encode(b"[]").decode()}, "WRONG_TYPE", "data"),
    ],
)
def test_bytes_that_are_no_data_of_ours_are_refused(attributes: dict[str, Any], reason: str, field: str | None) -> None:
    packed = an_event(**attributes)
    del packed["data"]
    assert why(packed) == (reason, field)


def test_a_kafka_message_with_the_cloudevents_media_type_is_structured() -> None:
    raw = json.dumps(an_event()).encode()
    headers = [("Content-Type", b"Application/CloudEvents+JSON; charset=UTF-8"), ("ce_id", b"other")]
    assert decode_binary(headers, raw) == decode_binary([], raw) == decode_object(an_event())


def test_headers_that_are_not_of_the_event_may_hold_anything() -> None:
    raw = msgspec.json.encode(an_event())
    for foreign in [("__value_schema_id", b"\x01\xff\x00"), ("traceparent", b"\xe9"), ("x", None)]:
        assert decode_binary([foreign], raw) == decode_object(an_event())
        assert decode_binary([*BINARY, foreign], VALUE) == decode_binary(BINARY, VALUE)


@pytest.mark.parametrize(
    ("headers", "value", "reason", "field"),
    [
        (BINARY, None, "MISSING_FIELD", "data"),
        (BINARY, b"", "MISSING_FIELD", "data"),
        ([], None, "MISSING_FIELD", "data"),
        ([*BINARY, ("content-type", b"text/plain")], VALUE, "NOT_JSON", "datacontenttype"),
        ([*BINARY, ("ce_extra", b"\xff")], VALUE, "WRONG_TYPE", "ce_extra"),
        ([*BINARY, ("ce_warmup", b"maybe")], VALUE, "WRONG_TYPE", "warmup"),
        (BINARY[1:], VALUE, "MISSING_FIELD", "specversion"),
    ],
)
def test_a_bad_binary_message_is_refused(
    headers: list[tuple[str, bytes]], value: bytes | None, reason: str, field: str | None
) -> None:
    outcome = decode_binary(headers, value)
    assert isinstance(outcome, Rejected)
    assert (outcome.reason, outcome.field) == (reason, field)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "NOT_JSON"),
        (b"null", "WRONG_TYPE"),
        (b"[]", "WRONG_TYPE"),
        (b"\xff\xfe", "NOT_JSON"),
        (b'{"id": "\xff"}', "NOT_JSON"),
        (b'{"id": NaN}', "NOT_JSON"),
        (b'{"id": 1e999}', "NOT_JSON"),
        (b'{"id": "\\ud800"}', "NOT_JSON"),
        (b'{"id": ' + b"9" * 5000 + b"}", "NOT_JSON"),
        (b"[" * 100_000, "TOO_DEEP"),
        (b'{"a":' * 500 + b"1" + b"}" * 500, "TOO_DEEP"),
        (b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), "TOO_DEEP"),
        (b"[" * DEEPEST + b"]" * DEEPEST, "WRONG_TYPE"),
        (b" " * LONGEST + b"{}", "TOO_LARGE"),
        (b'{"id": "' + b"x" * 10_000_000 + b'"}', "TOO_LARGE"),
        (gzip.compress(b"{}", mtime=0), "NOT_JSON"),
    ],
)
def test_hostile_bytes_are_refused_with_a_reason(raw: bytes, reason: str) -> None:
    outcome = decode_structured(raw)
    assert isinstance(outcome, Rejected)
    assert outcome.reason == reason


@pytest.mark.parametrize("attributes", [{"data": {"channel": "phone", "odd": 2**64}}, {"odd": -(2**63) - 1}])
def test_a_number_that_no_row_can_keep_is_refused(attributes: dict[str, Any]) -> None:
    assert why(an_event(**attributes)) == ("BAD_VALUE", None)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, b"x", object()])
def test_a_mapping_that_json_cannot_say_is_refused(value: object) -> None:
    assert why(an_event(data={"channel": "phone", "odd": value})) == ("WRONG_TYPE", None)


def test_a_mapping_that_holds_itself_is_refused() -> None:
    loop: dict[str, Any] = {"channel": "phone"}
    loop["self"] = loop
    assert why(an_event(data=loop)) == ("WRONG_TYPE", None)


@given(st.binary())
@example(b"\x00")
def test_no_bytes_make_it_raise(raw: bytes) -> None:
    assert isinstance(decode_structured(raw), Rejected)
    assert isinstance(decode_binary([("ce_id", raw), ("content-type", raw)], raw), Rejected)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
NAMES = st.sampled_from([*an_event(), "warmup", "recordedtime"])


@given(st.sampled_from(list(CATALOGUE)), st.dictionaries(NAMES, ANYTHING, max_size=3))
def test_no_attribute_makes_it_raise(kind: str, attributes: dict[str, Any]) -> None:
    assert isinstance(decode_object(an_event(kind) | attributes), Event | Rejected)


@given(st.sampled_from(list(CATALOGUE)), st.dictionaries(NAMES, ANYTHING, max_size=2))
@example("contact.received", {"time": "2026-11-20t09:00:00.1239999z"})
@example("contact.received", {"type": ""})
def test_an_extension_changes_nothing_but_the_extensions(kind: str, attributes: dict[str, Any]) -> None:
    plain = decode_object(an_event(kind) | attributes)
    extended = decode_object(an_event(kind) | attributes | {"sequence": 1})
    if isinstance(extended, Event):
        assert extended.extensions == {"sequence": 1}
        extended = msgspec.structs.replace(extended, extensions=None)
    assert extended == plain


@given(st.sampled_from(list(CATALOGUE)), st.data())
def test_no_data_makes_it_raise(kind: str, data: st.DataObject) -> None:
    fields = st.dictionaries(st.sampled_from([*DATA[kind], "other"]), ANYTHING)
    decode_object(an_event(kind, data=DATA[kind] | data.draw(fields)))


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(
    kind=st.sampled_from(list(CATALOGUE)),
    unknown=st.dictionaries(st.text().map("x_".__add__), JSON, max_size=3),
    extensions=st.dictionaries(st.from_regex("x[a-z0-9]{1,19}", fullmatch=True), st.text(), max_size=2),
    warmup=st.booleans(),
    time=st.integers(NINE - 10**12, NINE),
)
def test_decoding_what_was_encoded_gives_the_same_event(
    kind: str, unknown: dict[str, Any], extensions: dict[str, str], warmup: bool, time: int
) -> None:
    subject = "" if kind in WITHOUT_SUBJECT else an_event(kind)["subject"]
    event = Event("e-1", "/crm", kind, time, NINE, subject, DATA[kind] | unknown, warmup, extensions or None)
    assert decode_structured(encode(event)) == event
