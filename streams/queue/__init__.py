"""The work queue and read model: what the people's side of the product reads and works from.

The engine emits revisions of recommendations and decisions; a queue keeps the newest of each, hands recommendations
out to advisers and CRM systems under a lease, and counts decisions. Two implementations keep the same promises
(``tests/queue`` runs one contract suite over both): SQLite for the embedded node, Redis for the cluster.
"""

from streams.queue.protocol import (
    Change,
    Claim,
    Conflict,
    Desk,
    Filter,
    Funnel,
    Item,
    Page,
    Queue,
    Repeat,
    Tally,
    Unknown,
    Work,
)

__all__ = [
    "Change",
    "Claim",
    "Conflict",
    "Desk",
    "Filter",
    "Funnel",
    "Item",
    "Page",
    "Queue",
    "Repeat",
    "Tally",
    "Unknown",
    "Work",
]
