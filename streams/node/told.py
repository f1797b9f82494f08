"""What a played history came to, on the screen: the funnel, and a few recommendations in words."""

from rich.console import Console
from rich.table import Table

from streams.node.node import EmbeddedNode
from streams.queue import Filter

_SHOWN = 8


def told(node: EmbeddedNode, console: Console) -> None:
    """Print the funnel per trigger and the recommendations that would be handed out first."""
    funnel = node.queue.funnel()
    released: dict[str, int] = {}
    for tally in funnel.tallies:
        if tally.reason == "RELEASED":
            released[tally.trigger] = released.get(tally.trigger, 0) + tally.count
    table = Table(title="What fired, and what was released", title_justify="left")
    for heading in ("trigger", "candidates", "released"):
        table.add_column(heading, justify="left" if heading == "trigger" else "right")
    for trigger, candidates in sorted(funnel.candidates.items()):
        table.add_row(trigger, f"{candidates:,}", f"{released.get(trigger, 0):,}")
    table.add_section()
    table.add_row("all", f"{sum(funnel.candidates.values()):,}", f"{sum(released.values()):,}")
    console.print(table)
    console.print("First in the queue:")
    for item in node.queue.list(Filter(available=True), node.now(), _SHOWN).items:
        record = item.recommendation
        console.print(f"  {record['customer']} by {record['channel']}: {record['why']['en']} ({record['trigger']})")
