"""An installation on the eve of a switching season: its pack and settings, its keys, who receives, what is known.

The season opens today, whatever day it is: the pack extends the Dutch insurer's with a calendar of its own.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import yaml

from streams.api.keys import Scope, make_key
from tests.streams.sinks.crm import Org
from tests.streams.sinks.receiver import Receiver, always, receiving
from tests.streams.sinks.test_webhook import SECRET

ZONE = ZoneInfo("Europe/Amsterdam")
CUSTOMER, DEVICE, NUMBER = "customer:7001", "a-7001", "7001"
OPENING, COMPARING = "season.today.opening", "season.today.comparing"
_SCOPES = {
    "books": [Scope.INGEST],
    "site": [Scope.WEB],
    "jan": [Scope.QUEUE],
    "ops": [Scope.OPERATIONS, Scope.QUEUE],
    "crm": [Scope.QUEUE],
}


class Stage(msgspec.Struct, frozen=True):
    """What the story is played on."""

    config: Path
    pack: Path
    eve: datetime
    """Noon of the day before the season opens."""
    variables: dict[str, str]
    """The environment of every process."""
    secrets: dict[str, str]
    """Of each key, by its name."""
    hook: Receiver
    org: Org
    salesforce: Receiver


@contextmanager
def staged(folder: Path) -> Iterator[Stage]:
    """A stage with listening receivers."""
    org = Org()
    made = {name: make_key(name, scopes) for name, scopes in _SCOPES.items()}
    with receiving(always(200)) as hook, receiving(org) as salesforce:
        pack, config, sinks = folder / "season-pack", folder / "config.yaml", folder / "sinks.yaml"
        noon = datetime.now(ZONE).replace(hour=12, minute=0, second=0, microsecond=0)
        _write_pack(pack, noon)
        _write(config, {"pack": str(pack), "lateness": "P3D"})
        _write(sinks, {"sinks": _sinks(hook, salesforce)})
        variables = {
            "SIGNALS_API_KEYS": " ".join(text for _, text in made.values()),
            "SIGNALS_API_PACK": str(pack),
            "SIGNALS_SINKS": str(sinks),
            "HOOK_SECRET": SECRET,
            "CRM_CLIENT": "signals",
            "CRM_SECRET": "s3cret",
        }
        secrets = {name: secret for name, (secret, _) in made.items()}
        yield Stage(config, pack, noon - timedelta(days=1), variables, secrets, hook, org, salesforce)


def known(moment: datetime) -> list[dict[str, Any]]:
    """What the books say of the customer: insured, reachable, and content with mail about offers."""
    facts: list[tuple[str, dict[str, Any]]] = [
        ("policy.changed", {"policy": "Z1", "product": "health", "change": "started", "premium": 140}),
        ("profile.changed", {"field": "email", "new": "sanne@example.nl"}),
        ("consent.changed", {"purpose": "marketing", "given": True, "channels": ["email", "web"], "basis": "opt_in"}),
        ("consent.changed", {"purpose": "profiling", "given": True, "basis": "opt_in"}),
    ]
    envelope = {"specversion": "1.0", "source": "/books", "time": moment.isoformat(), "subject": CUSTOMER}
    return [{**envelope, "id": f"b{i}", "type": kind, "data": data} for i, (kind, data) in enumerate(facts)]


def _write_pack(folder: Path, today: datetime) -> None:
    def day(ahead: int) -> str:
        return (today + timedelta(days=ahead)).strftime("%m-%d")

    header = {"name": "season-pack", "version": "1.0.0", "about": "Opens today.", "extends": "insurance-nl"}
    calendar = {
        "name": "today",
        "market": "NL",
        "product": "health",
        "zone": "Europe/Amsterdam",
        "valid_from": "2020-01-01",
        "source": ["made for this test"],
        "phases": [{"name": "compare", "from": day(0), "to": day(30)}],
        "switching": ["compare"],
        "deadline": {"kind": "received", "at": day(30)},
        "moments": {"opening": f"{day(0)}T00:00", "undecided": f"{day(20)}T00:00", "deadline": f"{day(28)}T09:00"},
    }
    (folder / "calendars").mkdir(parents=True)
    _write(folder / "pack.yaml", {**header, "timezone": "Europe/Amsterdam", "calendars": ["today"]})
    _write(folder / "calendars" / "today.yaml", calendar)


def _sinks(hook: Receiver, salesforce: Receiver) -> dict[str, Any]:
    return {
        "portal": {"kind": "webhook", "url": f"{hook.url}/hook", "private": True, "secrets": ["HOOK_SECRET"]},
        "crm": {
            "kind": "salesforce",
            "url": salesforce.url,
            "private": True,
            "client": "CRM_CLIENT",
            "secret": "CRM_SECRET",
        },
    }


def _write(path: Path, content: dict[str, Any]) -> None:
    with path.open("w") as file:
        yaml.safe_dump(content, file)


def utc(moment: datetime) -> datetime:
    """The same moment in UTC."""
    return moment.astimezone(UTC)
