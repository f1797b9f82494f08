"""The published description of the API is valid, and the API keeps to it whatever is asked."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2 as httpx
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from prometheus_client import CollectorRegistry

from signals.config import Config
from signals.decision.controls import ALL
from streams.api import ApiSettings, create_api
from streams.api.keys import Scope, make_key
from streams.node import EmbeddedNode
from streams.sinks.erasure import erased_record
from streams.steering import Steering, Who, Wish
from tests.streams.api.serving import Desktop, serve
from tests.streams.queue.made import decision, recommendation

# The stream of changes never ends, so a tool that waits for the whole answer can't ask for it.
# Ignored keys are tested in test_access.py: the tool adds wrong ones beside the right one. Nor is every text a cursor.
_OPTIONS = (
    "--checks all --exclude-checks ignored_auth,positive_data_acceptance --exclude-path /v1/changes"
    " --max-examples 12 --seed 1 --no-color --phases coverage,fuzzing"
)


def test_the_description_is_valid_openapi(node: Desktop) -> None:
    document = create_api(node, ApiSettings(), CollectorRegistry()).openapi()
    validate(document)
    assert document["openapi"].startswith("3.1")


def test_who_generates_a_client_gets_types(node: Desktop) -> None:
    paths = create_api(node, ApiSettings(), CollectorRegistry()).openapi()["paths"]
    worked = {"$ref": "#/components/schemas/WorkedRecommendation"}
    for verb in ("claim", "renew", "release", "snooze", "outcome"):
        assert _shape(paths[f"/v1/recommendations/{{id}}/{verb}"]["post"]) == worked
    page = _shape(paths["/v1/recommendations"]["get"])
    assert (page["required"], page["properties"]["items"]["items"]) == (["items", "next"], worked)
    for operation in (operation for path in paths.values() for operation in path.values()):
        if "segment" in operation["tags"]:
            assert _shape(operation)["required"] == ["success", "accepted", "duplicate", "quarantined"]


def test_every_answer_in_json_has_a_shape_and_keeps_to_it(tmp_path: Path) -> None:
    node = EmbeddedNode(Config(), tmp_path)
    steering = Steering(node)
    steering.set(Wish("stop", "market.premium", 1, "the feed is wrong"), Who("ann"))
    steering.set(Wish("stop", ALL, 1, "all is wrong"), Who("ann"))
    steering.propose_restart("all is well", Who("ann"))
    api = create_api(node, ApiSettings(), CollectorRegistry())
    document = api.openapi()
    asked = []
    with serve(api) as url:
        for path, operations in document["paths"].items():
            for verb, operation in operations.items():
                if "application/json" not in operation["responses"]["200"].get("content", {}):
                    continue
                shape = _shape(operation)
                assert shape, f"{verb} {path}"
                if verb == "get" and "{" not in path:
                    where = {"$schema": Draft202012Validator.META_SCHEMA["$id"], "components": document["components"]}
                    told = httpx.get(url + path).json()
                    assert list(Draft202012Validator(shape | where).iter_errors(told)) == [], path
                    asked.append(path)
    node.close()
    assert {"/v1/controls", "/v1/proposals", "/v1/precision", "/v1/overrules", "/v1/operations"} <= {*asked}


def test_every_answer_that_there_may_be_is_described(node: Desktop) -> None:
    paths = create_api(node, ApiSettings(), CollectorRegistry()).openapi()["paths"]
    assert "304" in paths["/v1/decisions/{id}"]["get"]["responses"]
    for operation in (operation for path in paths.values() for operation in path.values()):
        assert ("413" in operation["responses"]) == ("requestBody" in operation)


def test_the_change_that_an_erasure_sends_to_webhooks_is_as_described(node: Desktop) -> None:
    document = create_api(node, ApiSettings(), CollectorRegistry()).openapi()
    sent = document["webhooks"]["recommendation.changed"]["post"]["requestBody"]["content"]["application/json"]
    where = {"$schema": Draft202012Validator.META_SCHEMA["$id"], "components": document["components"]}
    check = Draft202012Validator(sent["schema"] | where)
    change = {"type": "recommendation.changed", "timestamp": "2026-11-20T10:00:00+00:00"}
    for data in (erased_record("rec_00001", 2), recommendation(1)):
        assert list(check.iter_errors(change | {"data": data})) == []
    assert list(check.iter_errors(change | {"data": {"id": "rec_00001"}})) != []


def _shape(operation: dict[str, Any]) -> dict[str, Any]:
    shape: dict[str, Any] = operation["responses"]["200"]["content"]["application/json"]["schema"]
    return shape


def test_the_api_keeps_to_its_description_whatever_is_asked(node: Desktop, tmp_path: Path) -> None:
    node.queue.apply([recommendation(number) for number in range(20)])
    node.queue.apply_decisions([decision(number) for number in range(20)])
    secret, text = make_key("tester", [Scope.ADMIN])
    tool = str(Path(sys.executable).parent / "st")
    with serve(create_api(node, ApiSettings(keys=text), CollectorRegistry())) as url:
        command = [tool, "run", f"{url}/v1/openapi.json", "-H", f"X-API-Key: {secret}", *_OPTIONS.split()]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=tmp_path)
    assert ended.returncode == 0, ended.stdout[-16000:]
