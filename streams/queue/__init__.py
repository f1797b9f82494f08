"""The work queue and read model: what the people's side of the product reads and works from.

The engine emits revisions of recommendations and decisions; a queue keeps the newest of each, hands recommendations
out to advisers and CRM systems under a lease, and counts decisions. Two implementations keep the same promises
(``tests/queue`` runs one contract suite over both): SQLite for the embedded node, Redis for the cluster.
"""

from streams.queue.protocol import Change, Desk, Filter, Funnel, Page, Queue, Repeat, Tally
from streams.queue.work import Claim, Conflict, Done, Get, GiveBack, Item, Renew, Snooze, Step, Tell, Unknown, Work

__all__ = [
    "Change",
    "Claim",
    "Conflict",
    "Desk",
    "Done",
    "Filter",
    "Funnel",
    "Get",
    "GiveBack",
    "Item",
    "Page",
    "Queue",
    "Renew",
    "Repeat",
    "Snooze",
    "Step",
    "Tally",
    "Tell",
    "Unknown",
    "Work",
]
