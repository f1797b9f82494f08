"""Alarms and pictures ask for metrics that exist, in queries that Prometheus understands."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard
from prometheus_client import REGISTRY, generate_latest

from streams.api.health import QueueCollector
from streams.cluster import metrics
from streams.queue.sqlite import SqliteQueue
from streams.sinks.metrics import DeliveryCollector
from tests.deploy.places import DEPLOY, README
from tests.streams.api.serving import Desktop

register_default_plugins()
PROMETHEUS = DEPLOY / "prometheus"
BOARD: dict[str, Any] = json.loads((DEPLOY / "grafana" / "dashboards" / "signals.json").read_text())
ALERTS: list[dict[str, Any]] = yaml.safe_load((PROMETHEUS / "alerts.yaml").read_text("utf-8"))["groups"][0]["rules"]
_SERIES = re.compile(r"\b(?:signals|process)_[a-z_]+")
_PARTS_OF_HISTOGRAM = ("_bucket", "_sum", "_count")


def promtool(*arguments: str | Path) -> None:
    done = subprocess.run(["promtool", *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def queries() -> Iterator[str]:
    yield from (rule["expr"] for rule in ALERTS)
    yield from (target["expr"] for panel in BOARD["panels"] for target in panel.get("targets", []))
    yield from (one["expr"] for one in BOARD["annotations"]["list"])


def test_prometheus_takes_its_configuration_and_rules() -> None:
    promtool("check", "config", PROMETHEUS / "prometheus.yaml")


def test_alarms_ring_when_they_should_and_not_otherwise() -> None:
    promtool("test", "rules", PROMETHEUS / "alerts.test.yaml")


def test_every_alarm_is_tested_and_has_something_to_do_about_it() -> None:
    tested = (PROMETHEUS / "alerts.test.yaml").read_text()
    for name in (rule["alert"] for rule in ALERTS):
        assert f"alertname: {name}" in tested
        assert f"| {name} |" in README.read_text()


def test_the_pictures_queries_are_understood(tmp_path: Path) -> None:
    texts = [query.replace("$__rate_interval", "5m") for query in queries()]
    rules = [{"record": f"query:{number}", "expr": text} for number, text in enumerate(texts)]
    (tmp_path / "rules.json").write_text(json.dumps({"groups": [{"name": "board", "rules": rules}]}))
    promtool("check", "rules", tmp_path / "rules.json")


def test_grafanas_own_model_knows_everything_on_the_board() -> None:
    known = json.loads(JSONEncoder().encode(Dashboard.from_json(BOARD)))
    lost = sorted(lost_in(BOARD, known))
    assert lost == ["/annotations/list/0/textFormat", "/annotations/list/0/titleFormat"], "these Prometheus' part knows"


def lost_in(written: Any, known: Any, place: str = "") -> Iterator[str]:
    """Where what is written is not told again by who read it."""
    if isinstance(written, dict) and isinstance(known, dict):
        for name, value in written.items():
            yield from lost_in(value, known.get(name), f"{place}/{name}")
    elif isinstance(written, list) and isinstance(known, list) and len(written) == len(known):
        for number, (one, other) in enumerate(zip(written, known, strict=True)):
            yield from lost_in(one, other, f"{place}/{number}")
    elif written != known:
        yield place


def test_a_figure_of_the_first_row_is_nought_and_not_absent_when_nothing_was_counted() -> None:
    for panel in (panel for panel in BOARD["panels"] if panel["type"] == "stat"):
        for target in panel["targets"]:
            if "increase(signals_quarantined_total" in target["expr"]:  # has a series only once something was refused
                assert target["expr"].endswith(" or vector(0)"), panel["title"]


def test_pictures_have_their_own_place_and_number() -> None:
    numbers = [panel["id"] for panel in BOARD["panels"]]
    corners = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in BOARD["panels"]]
    assert len(set(numbers)) == len(numbers)
    assert len(set(corners)) == len(corners)
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in BOARD["panels"])


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of all series that a worker and an API export."""
    assert metrics.SHARDS
    kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)", generate_latest(REGISTRY).decode(), re.MULTILINE))
    names = {name for name, kind in kinds.items() if kind != "histogram"}
    names |= {name + part for name, kind in kinds.items() if kind == "histogram" for part in _PARTS_OF_HISTOGRAM}
    queue = SqliteQueue(tmp_path_factory.mktemp("queue") / "queue.sqlite")
    ours = list(QueueCollector(Desktop(queue)).collect())
    ours += DeliveryCollector(tmp_path_factory.mktemp("outbox") / "outbox.db", ["crm"]).collect()
    queue.close()
    return names | {f"{metric.name}_total" if metric.type == "counter" else metric.name for metric in ours}


@pytest.mark.parametrize("query", list(queries()))
def test_every_metric_exists(query: str, exported: set[str]) -> None:
    assert set(_SERIES.findall(query)) <= exported
