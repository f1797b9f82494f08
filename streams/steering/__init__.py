"""Steering: who changed what and why, what takes two people, and the names that can be steered.

The engine keeps the controls that count; here is the people's side of them: rules, proposals and the audit log.
"""

from streams.steering.ledger import Entry, Ledger, Proposal
from streams.steering.names import Names, names_of
from streams.steering.steering import Refused, Steering, Who, Wish, stop_of_everything

__all__ = [
    "Entry",
    "Ledger",
    "Names",
    "Proposal",
    "Refused",
    "Steering",
    "Who",
    "Wish",
    "names_of",
    "stop_of_everything",
]
