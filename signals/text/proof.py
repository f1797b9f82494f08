"""The proof of a lexicon: its own examples, read back."""

from signals.calendar.instant import Instant
from signals.text.lexicon import Example
from signals.text.mention import Mention
from signals.text.reader import Reader


def disproved(reader: Reader, at: Instant) -> list[str]:
    """The examples read otherwise than the lexicon says, as ``file:line: what was read``; empty when all hold."""
    read = ((example, misread(reader, example, at)) for example in reader.lexicon.examples)
    return [f"{example.place}: {example.text!r} {wrong}" for example, wrong in read if wrong]


def misread(reader: Reader, example: Example, at: Instant) -> str:
    """What is read in an example written at ``at`` instead of what it says; empty when it holds."""
    found = [mention for mention in reader.read(example.text, "note", at) if mention.event == example.event]
    if _holds(example, found):
        return ""
    read = ", ".join(f"{one.subject} {one.polarity} {one.time}" for one in found) or "nothing"
    return f"is read as {read} about {example.event}"


def _holds(example: Example, found: list[Mention]) -> bool:
    if not example.told:
        return not found
    return any({one.subject, one.polarity, one.time}.issuperset(example.attributes) for one in found)
