"""The published documents are right by the real tools, and tell what is really sent."""

import json
import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from signals.calendar.instant import DAY
from signals.config import Config
from signals.engine import Engine
from signals.events.catalogue import CATALOGUE
from signals.events.decode import encode
from signals.pack.compile import open_pack
from signals.simulation.play import Simulation
from streams.cluster.records import decision_record, recommendation_record
from streams.cluster.settings import ClusterSettings
from streams.cluster.topics import wanted
from tests.servers.node import fetch_packages

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def printed(name: str) -> dict[str, Any]:
    environment = {**os.environ, "KAFKA_BOOTSTRAP": "kafka:9092"}
    command = [sys.executable, "-m", "streams.cli", "schema", name]
    done = subprocess.run(command, capture_output=True, check=True, env=environment)
    document: dict[str, Any] = json.loads(done.stdout)
    return document


@pytest.fixture(scope="module")
def topics() -> dict[str, Any]:
    """The AsyncAPI document as the command prints it."""
    return printed("asyncapi")


def validator_of(document: dict[str, Any], message: str) -> Draft7Validator:
    return Draft7Validator({"$ref": f"#/components/schemas/{message}", "components": document["components"]})


def test_the_official_parser_takes_the_topics_document(topics: dict[str, Any]) -> None:
    environment = {**os.environ, "NODE_PATH": str(fetch_packages(HERE / "package.json"))}
    script = ["node", HERE / "asyncapi.js"]
    done = subprocess.run(script, input=json.dumps(topics), capture_output=True, text=True, env=environment, check=True)
    told = json.loads(done.stdout)
    assert told["wrong"] == []
    assert {*CATALOGUE, "recommendation.changed", "decision.changed", "quarantined"} <= set(told["messages"])


def test_a_year_of_events_and_what_came_of_it_fits_the_topics_document(topics: dict[str, Any]) -> None:
    events = list(Simulation(40, 365, 5, date(2025, 6, 1)).events())
    taken = {kind: validator_of(topics, kind) for kind in {event.type for event in events}}
    for event in events:
        taken[event.type].validate(json.loads(encode(event)))
    batch = Engine(open_pack(Config())).process(events)
    assert batch.recommendations
    for revision in batch.recommendations:
        validator_of(topics, "recommendation.changed").validate(json.loads(recommendation_record(revision)[1] or b""))
    for decision in batch.decisions:
        validator_of(topics, "decision.changed").validate(json.loads(decision_record(decision)[1] or b""))


def test_an_event_of_another_kind_does_not_fit(topics: dict[str, Any]) -> None:
    event = next(iter(Simulation(5, 30, 5, date(2025, 6, 1)).events()))
    others = [kind for kind in CATALOGUE if validator_of(topics, kind).is_valid(json.loads(encode(event)))]
    assert others == [event.type]


def test_the_runbook_tells_clean_up_and_retention_as_topics_are_made() -> None:
    row = re.compile(r"^\| `([\w-]+)` \| (compact|delete|compact,delete) \| (?:(\d+) days)?", re.MULTILINE)
    told = {name: (policy, days) for name, policy, days in row.findall((ROOT / "deploy" / "README.md").read_text())}
    made = {}
    for topic in wanted(ClusterSettings.read({"KAFKA_BOOTSTRAP": "kafka:9092"})):
        kept = topic.first.get("retention.ms")
        made[topic.name] = (topic.fixed["cleanup.policy"], str(int(kept) // DAY) if kept else "")
    assert told == made


def test_the_api_document_is_openapi() -> None:
    document = printed("openapi")
    OpenAPIV31SpecValidator(document).validate()
    assert document["openapi"].startswith("3.1")
    assert {"/v1/events", "/v1/recommendations", "/v1/decisions"} <= set(document["paths"])


def test_the_linter_of_api_documents_finds_no_fault(tmp_path: Path) -> None:
    (tmp_path / "openapi.json").write_text(json.dumps(printed("openapi")))
    linter = fetch_packages(HERE / "package.json") / ".bin" / "redocly"
    quiet = {**os.environ, "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    done = subprocess.run([linter, "lint", "openapi.json"], capture_output=True, text=True, env=quiet, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
