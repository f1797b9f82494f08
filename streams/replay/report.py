"""The summary of a run: for people as a table, for programs as JSON."""

from collections import Counter
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from signals.evaluation.fairness import Decided, Treatment, treatments
from signals.evaluation.interval import Share
from streams.replay.run import Summary

_MANY = 100_000
_HOLDING = ("QUIET_HOURS", "CAPACITY")


def summary_record(summary: Summary, seconds: float) -> dict[str, Any]:
    """The summary as JSON: totals, and candidates per trigger and reason, which add up."""
    reasons = Counter(reason for _, reason, _ in summary.outcomes.values())
    statuses = Counter(status for _, _, status in summary.outcomes.values())
    triggers: dict[str, Counter[str]] = {}
    for trigger, reason, _ in summary.outcomes.values():
        triggers.setdefault(trigger, Counter())[reason] += 1
    return {
        "events": summary.events,
        "duplicates": summary.duplicates,
        "quarantined": dict(sorted(summary.quarantined.items())),
        "customers": summary.customers,
        "timers": {"due": summary.timers_due, "fired": summary.timers_fired},
        "candidates": len(summary.outcomes),
        "recommendations": len(summary.recommendations),
        "reasons": dict(sorted(reasons.items())),
        "statuses": dict(sorted(statuses.items())),
        "triggers": {trigger: dict(sorted(counts.items())) for trigger, counts in sorted(triggers.items())},
        "seconds": round(seconds, 3),
        "events_per_second": round(summary.events / seconds) if seconds else None,
    }


def print_summary(record: dict[str, Any], console: Console) -> None:
    """Show the summary: per trigger what became of its candidates, and the commonest reason for refusing."""
    table = Table(title="What fired, and what became of it", title_justify="left")
    table.add_column("trigger", no_wrap=True)
    for heading in ("candidates", "released", "held", "refused"):
        table.add_column(heading, justify="right")
    table.add_column("mostly for")
    for trigger, counts in [*record["triggers"].items(), ("all", record["reasons"])]:
        if trigger == "all":
            table.add_section()
        table.add_row(trigger, *_cells(counts))
    console.print(table)
    bad = sum(record["quarantined"].values())
    console.print(
        f"{record['events']:,} events ({record['duplicates']:,} twice, {bad:,} quarantined) of "
        f"{record['customers']:,} customers → {record['recommendations']:,} recommendations "
        f"in {record['seconds']:.1f} s{_rate(record)}"
    )


def _rate(record: dict[str, Any]) -> str:
    """How fast it went, where reading the pack and starting does not take most of the time."""
    return f" ({record['events_per_second']:,} events/s)" if record["events"] >= _MANY else ""


def fairness_of(summary: Summary) -> list[Treatment]:
    """How each segment was treated."""
    decode = msgspec.json.Decoder(Decided).decode
    return treatments(summary.people, map(decode, summary.decisions.values()))


def print_fairness(rows: list[Treatment], console: Console) -> None:
    """Show per segment what became of the people with a need: shares with 95 % intervals, * where contact differs."""
    table = Table(title="Who was contacted, of those with a need (95 % interval)", title_justify="left")
    for heading in ("by", "segment", "class"):
        table.add_column(heading, no_wrap=True)
    for heading in ("people", "with a need", "contacted", "waiting", "held out", "refused"):
        table.add_column(heading, justify="right")
    for before, row in zip([None, *rows], rows, strict=False):
        if before is not None and before.dimension != row.dimension:
            table.add_section()
        shares = [_share(share) for share in (row.contacted, row.waiting, row.held_out, row.refused)]
        shares[0] += " *" if row.differs else ""
        table.add_row(row.dimension, row.segment, row.class_, f"{row.people:,}", f"{row.decided:,}", *shares)
    console.print(table)


def _share(share: Share) -> str:
    return "–" if share.value is None else f"{share.value:.2f} ({share.low:.2f}–{share.high:.2f})"


def _cells(counts: dict[str, int]) -> list[str]:
    released = counts.get("RELEASED", 0)
    held = sum(counts.get(reason, 0) for reason in _HOLDING)
    refusals = {reason: count for reason, count in counts.items() if reason not in ("RELEASED", *_HOLDING)}
    most = max(refusals, key=lambda reason: (refusals[reason], reason), default="")
    total = sum(counts.values())
    return [f"{total:,}", f"{released:,}", f"{held:,}", f"{total - released - held:,}", most]
