"""The proof of a lexicon: its own examples, read back."""

from signals.calendar.instant import Instant
from signals.text.lexicon import Example
from signals.text.mention import Mention
from signals.text.reader import Reader


def disproved(reader: Reader, at: Instant) -> list[str]:
    """The examples read otherwise than the lexicon says, as ``file:line: what was read``; empty when all hold."""
    wrong: list[str] = []
    for example in reader.lexicon.examples:
        found = [mention for mention in reader.read(example.text, "note", at) if mention.event == example.event]
        if not _holds(example, found):
            read = ", ".join(f"{one.subject} {one.polarity} {one.time}" for one in found) or "nothing"
            wrong.append(f"{example.place}: {example.text!r} is read as {read} about {example.event}")
    return wrong


def _holds(example: Example, found: list[Mention]) -> bool:
    if not example.told:
        return not found
    return any({one.subject, one.polarity, one.time}.issuperset(example.attributes) for one in found)
