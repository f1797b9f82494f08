"""``signals evaluate``: how right and how complete recommendations were, beside a campaign that knows nothing."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import msgspec
import typer

from streams.cli.refusal import refuse

if TYPE_CHECKING:
    from signals.evaluation.evaluate import Evaluation, Score
    from signals.evaluation.interval import Share

Read = TypeVar("Read")

_HEADINGS = ("trigger", "sent", "precision", "hail", "lift", "events", "recall", "hail", "lead, days")


def evaluate(
    recommendations: Annotated[
        str, typer.Option(help="what replay wrote: --out, or --decisions to count the held-out")
    ],
    truth: Annotated[str, typer.Option(help="the hidden truth, from simulate")],
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Print precision, recall and median lead time per trigger, with 95 % intervals.

    Hail is an uninformed campaign of equal volume: as many contacts at random customers and moments.
    """
    from signals.evaluation.evaluate import evaluate as judge
    from signals.evaluation.evaluate import read_recommendations, read_truth

    evaluation = judge(
        _read(recommendations, read_recommendations, "signals replay wrote, by --out or --decisions"),
        _read(truth, read_truth, "signals simulate wrote, by --truth"),
    )
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(evaluation), indent=2))
    else:
        _print_table(evaluation)


def _read(path: str, read: Callable[[Iterator[dict[str, Any]]], list[Read]], written: str) -> list[Read]:
    try:
        return read(_lines(path))
    except KeyError as error:
        refuse(f"{path}: a line has no {error}; give what {written}")
    except ValueError as error:
        refuse(error)


def _lines(path: str) -> Iterator[dict[str, Any]]:
    from streams.sources.files import read_lines

    for number, line in read_lines(path):
        try:
            content = msgspec.json.decode(line)
        except msgspec.DecodeError as error:
            raise ValueError(f"{path}:{number}: {error}") from None
        if not isinstance(content, dict):
            raise ValueError(f"{path}:{number}: not an object")
        yield content


def _print_table(evaluation: "Evaluation") -> None:
    from rich.table import Table

    from streams.cli.console import open_console

    table = Table(*_HEADINGS)
    table.columns[0].no_wrap = True
    for column in table.columns[1:]:
        column.justify = "right"
    for scores in (evaluation.triggers, evaluation.families):
        for score in scores:
            table.add_row(*_cells(score))
        table.add_section()
    console = open_console()
    console.print(table)
    if evaluation.not_judged:
        listed = ", ".join(f"{trigger} {count}" for trigger, count in evaluation.not_judged.items())
        console.print(f"not judged, because the truth knows nothing of them: {listed}")


def _cells(score: "Score") -> Sequence[str]:
    return (
        score.trigger,
        str(score.recommended),
        _share(score.precision),
        _number(score.hail_precision, ".3f"),
        _number(score.lift, ".1f", "×"),
        str(score.events),
        _share(score.recall),
        _number(score.hail_recall, ".3f"),
        _number(score.median_lead_days, ".1f"),
    )


def _share(share: "Share") -> str:
    return "–" if share.value is None else f"{share.value:.2f} ({share.low:.2f}–{share.high:.2f})"


def _number(value: float | None, form: str, unit: str = "") -> str:
    return "–" if value is None else f"{value:{form}}{unit}"
