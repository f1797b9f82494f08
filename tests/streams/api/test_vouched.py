"""A public key names a customer only where the site's server vouches for it."""

import hashlib
import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2 as httpx
import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from streams.api import ApiSettings, create_api
from streams.api.keys import Scope, make_key
from streams.sources.again import Again
from tests.streams.api.serving import Desktop, serve

SITE, SITE_TEXT = make_key("site", [Scope.WEB])
CRM, CRM_TEXT = make_key("crm", [Scope.INGEST])
SECRET, OLD = "s3cret", "0ld"


@contextmanager
def served(node: Desktop, secret: str = f"{SECRET} {OLD}") -> Iterator[httpx.Client]:
    settings = ApiSettings(keys=f"{SITE_TEXT} {CRM_TEXT}", identify_secret=secret)
    with serve(create_api(node, settings, CollectorRegistry())) as url, httpx.Client(base_url=url, timeout=60) as one:
        yield one


def signed(user: str, secret: str = SECRET) -> dict[str, Any]:
    return {"userHash": hmac.new(secret.encode(), user.encode(), hashlib.sha256).hexdigest()}


def links(node: Desktop) -> list[tuple[str, str]]:
    return [(event.data["from"], event.subject) for event in node.events if event.type == "identity.linked"]


def identify(client: httpx.Client, key: str = SITE, kind: str = "identify", **call: Any) -> list[str]:
    told = client.post(f"/v1/{kind}", json={"anonymousId": "d1", "writeKey": key, **call}).json()
    return [one["reason"] for one in told["quarantined"]]


@pytest.mark.parametrize(
    ("user", "context"),
    [
        ("7", {}),
        ("7", {"userHash": None}),
        ("7", {"userHash": ""}),
        ("7", {"userHash": "é" * 64}),
        ("7", signed("8")),
        ("7", signed("7", "another")),
        (7.0, signed("7")),
        (["7"], signed("7")),
        (True, signed("True")),
    ],
)
def test_nobody_names_another_customer(node: Desktop, user: object, context: dict[str, Any]) -> None:
    with served(node) as client:
        assert identify(client, userId=user, context=context) == ["UNVERIFIED"]
        assert identify(client, kind="alias", userId=user, previousId="d1", context=context) == ["UNVERIFIED"]
        batch = {"batch": [{"type": "identify", "userId": user, "anonymousId": "d1"}], "context": context}
        told = client.post("/v1/batch", json=batch | {"writeKey": SITE}).json()
        assert [one["reason"] for one in told["quarantined"]] == ["UNVERIFIED"]
    assert node.events == []
    assert [Again("insurance-nl").events(one.record()) for one in node.refused] == [None] * 3


@pytest.mark.parametrize("secret", [SECRET, OLD])
def test_who_the_server_vouches_for_is_linked_and_no_address_with_them(node: Desktop, secret: str) -> None:
    with served(node) as client:
        traits = {"email": "another@example.nl", "phone": "+31612345678", "city": "Zwolle"}
        assert identify(client, userId="7", traits=traits, context={**signed("7", secret), "traits": traits}) == []
        assert identify(client, userId=8, context=signed("8", secret)) == []
    assert links(node) == [("device:d1", "customer:7"), ("device:d1", "customer:8")]


def test_an_address_alone_names_nobody(node: Desktop) -> None:
    with served(node) as client:
        assert identify(client, traits={"email": "another@example.nl"}) == ["UNVERIFIED"]
        assert identify(client, context={"traits": {"phone": "+31612345678"}}) == ["UNVERIFIED"]
        assert identify(client, traits={"city": "Zwolle"}) == []
    assert node.events == []


def test_what_else_a_page_tells_counts_for_the_device(node: Desktop) -> None:
    consent = {"consent": {"categoryPreferences": {"advertising": True}}}
    with served(node) as client:
        assert identify(client, kind="page", userId="7", properties={"path": "/"}) == []
        event = "Segment Consent Preference Updated"
        assert identify(client, kind="track", userId="7", event=event, context=consent) == []
        alone = client.post("/v1/page", json={"userId": "7", "writeKey": SITE, "properties": {"path": "/"}}).json()
    assert [one["reason"] for one in alone["quarantined"]] == ["UNVERIFIED"]
    assert {event.subject for event in node.events} == {"device:d1"}
    assert len(node.events) > 1


def test_a_key_that_only_servers_hold_is_believed(node: Desktop) -> None:
    with served(node) as client:
        assert identify(client, CRM, userId="7", traits={"email": "jan@example.nl"}) == []
    assert links(node) == [("email:jan@example.nl", "customer:7"), ("device:d1", "customer:7")]


def test_without_a_secret_a_public_key_is_believed_and_the_start_says_so(node: Desktop) -> None:
    with capture_logs() as logs, served(node, "") as client:
        assert identify(client, userId="7") == []
    assert links(node) == [("device:d1", "customer:7")]
    assert [one for one in logs if "SIGNALS_API_IDENTIFY_SECRET" in one["event"]]
    with capture_logs() as logs, served(node):
        pass
    assert not [one for one in logs if "SIGNALS_API_IDENTIFY_SECRET" in one["event"]]
