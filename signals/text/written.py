"""What of a text its writer wrote: not lines they answer or pass on, what another says in a call, or a signature."""

import re
from collections.abc import Sequence

from signals.text.automaton import Span

_ANSWERED = re.compile(r"^[ \t]*>.*$", re.MULTILINE)
_FORWARDED = re.compile(  # all that stands below the head of another mail
    r"^(?:[ \t]*-{2,}[ \t]*(?:original message|oorspronkelijk bericht|forwarded message|doorgestuurd bericht)\b"
    r"|[ \t]*(?:op|on)\b[^\n]{4,80}\b(?:schreef|wrote)\b[^\n]{0,80}:[ \t]*$(?!\s*>)).*\Z",
    re.MULTILINE | re.DOTALL,
)
_PASSED_ON = re.compile(r"\A\W*rt @.*\Z", re.DOTALL)
_CLOSING = re.compile(
    r"^[ \t]*(?:met[ \t]+)?(?:(?:vriendelijke|hartelijke)[ \t]+groet(?:en)?|groet(?:en|jes)?|m\.?v\.?g\.?|hoogachtend"
    r"|(?:mit[ \t]+)?(?:freundliche|beste|herzliche|liebe)[nr]?[ \t]+gr(?:ü|ue)(?:ß|ss)en?|(?:bien[ \t]+)?cordialement"
    r"|(?:(?:kind|best|warm)[ \t]+)?regards|yours[ \t]+(?:sincerely|faithfully|truly)|sincerely|best[ \t]+wishes)"
    r"[ \t]*[,.!]?[ \t]*\n(?P<below>[^>]*?)(?=^[ \t]*(?:>|-{2,}|p\.?[ \t]?s\b)|\Z)",
    re.MULTILINE | re.IGNORECASE,
)


def by_others(folded: str, clerks: Sequence[Span] = ()) -> list[Span]:
    """Where a folded text gives other people's words: lines answered, passed on, or said by ``clerks`` in a call."""
    patterns = [_PASSED_ON] if "rt @" in folded else []
    if ">" in folded:
        patterns.append(_ANSWERED)
    if "\n" in folded:
        patterns.append(_FORWARDED)
    spans = [match.span() for pattern in patterns for match in pattern.finditer(folded)]
    spans += [line for name in clerks if (line := _line_said_by(folded, name)) is not None]
    return _joined(folded, sorted(spans))


def begins_line(folded: str, span: Span) -> bool:
    """Whether nothing stands before a span in its line."""
    return not folded[folded.rfind("\n", 0, span[0]) + 1 : span[0]].strip()


def _line_said_by(folded: str, name: Span) -> Span | None:
    """The line of a call that begins with a name and a colon; ``None`` where it does not."""
    if not begins_line(folded, name) or not folded[name[1] :].lstrip(" \t").startswith(":"):
        return None
    end = folded.find("\n", name[1])
    return folded.rfind("\n", 0, name[0]) + 1, end if end >= 0 else len(folded)


def _joined(folded: str, spans: list[Span]) -> list[Span]:
    """Spans in their order; those between which nothing stands are one."""
    joined: list[Span] = []
    for span in spans:
        if joined and not folded[joined[-1][1] : span[0]].strip():
            joined[-1] = joined[-1][0], max(joined[-1][1], span[1])
        else:
            joined.append(span)
    return joined


def unsigned(text: str) -> str:
    """A text of the same length in which spaces stand for what is below its closing words ("Kind regards,")."""
    if "\n" not in text:
        return text
    for below in [found.span("below") for found in _CLOSING.finditer(text)]:
        text = f"{text[: below[0]]}{' ' * (below[1] - below[0])}{text[below[1] :]}"
    return text
