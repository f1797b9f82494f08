"""The shapes of the ``data`` of events.

A field marked ``Required`` must be there; any other may be absent or null, which is the same. Unknown fields are
allowed and kept. Values are never converted: a number in quotes is a wrong type, not a number.
"""

from datetime import date
from typing import Annotated, Any, Literal, Required

from pydantic import AfterValidator, ConfigDict, Field, with_config
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from signals.calendar.instant import parse_instant
from signals.calendar.local_clock import zone_named

Channel = Literal["phone", "email", "chat", "branch", "letter", "app", "whatsapp", "social", "video"]

LONGEST_NAME = 512
"""The most characters of what is remembered: ids, names, and what things are about."""
LONGEST_NOTE = 2_000
"""And of what people write about a recommendation, or what is known of a person."""

Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
Word = Annotated[str, Field(max_length=LONGEST_NAME)] | None
Note = Annotated[str, Field(max_length=LONGEST_NOTE)] | None
Text = str | None
"""What people write: never kept, or no more than its beginning, as what something is about."""
Texts = list[str] | None
Flag = bool | None
Number = Annotated[float, Field(ge=-1e15, le=1e15)] | None


def _moment(text: str) -> str:
    """Accept an ISO date or an RFC 3339 time with offset, and keep it as it was written."""
    try:
        date.fromisoformat(text) if len(text) == len("2026-11-20") else parse_instant(text)
    except (ValueError, OverflowError) as error:
        raise PydanticCustomError(
            "BAD_TIME", "write a date as 2026-11-20, a time as 2026-11-20T09:00:00+01:00"
        ) from error
    return text


Moment = (
    Annotated[str, AfterValidator(_moment), Field(max_length=64, json_schema_extra={"examples": ["2026-11-20"]})] | None
)

_exact = with_config(ConfigDict(strict=True))


@_exact
class Contact(TypedDict, total=False):
    """A contact with the customer: received from them, or made by us."""

    channel: Required[Channel]
    topic: Text
    case: Word
    text: Text
    agent: Word
    resolved: Flag
    sentiment: Annotated[float, Field(ge=-1, le=1)] | None
    language: Word
    purpose: Literal["service", "sales", "care"] | None


def has_address(page: "WebViewed") -> "WebViewed":
    """A page view needs its ``url`` or its ``path``."""
    if page.get("url") is None and page.get("path") is None:
        raise PydanticCustomError("MISSING_FIELD", "a page view needs data.url or data.path")
    return page


@with_config(ConfigDict(strict=True, json_schema_extra={"anyOf": [{"required": ["url"]}, {"required": ["path"]}]}))
class WebViewed(TypedDict, total=False):
    """A page was looked at; ``seconds`` is for how long."""

    url: Text
    path: Text
    title: Text
    referrer: Text
    campaign: Text
    seconds: Annotated[float, Field(ge=0, le=1e9)] | None


@_exact
class WebSearched(TypedDict, total=False):
    """Something was searched for on our site or app."""

    query: Required[str]


@_exact
class FormChanged(TypedDict, total=False):
    """A form got to another step."""

    form: Required[Name]
    step: Required[Literal["started", "saved", "abandoned", "submitted"]]
    product: Word


@_exact
class SocialPosted(TypedDict, total=False):
    """A post in a social network."""

    network: Required[Name]
    text: Required[str]
    author: Word
    mentions: Texts
    reply_to: Word
    reach: Number
    public: Flag
    case: Word
    topic: Text


@_exact
class PolicyChanged(TypedDict, total=False):
    """A policy came, changed or went; premiums in the currency of the company, per period of the policy."""

    policy: Required[Name]
    product: Required[Name]
    change: Required[
        Literal["quoted", "started", "amended", "renewal_offered", "renewed", "cancelled", "lapsed", "ended"]
    ]
    renewal_date: Moment
    premium: Number
    previous_premium: Number
    start_date: Moment
    end_date: Moment
    beneficiary: Word


ProfileField = Literal[
    "name",
    "address",
    "marital_status",
    "household",
    "employment",
    "birth_date",
    "income",
    "email",
    "phone",
    "timezone",
    "language",
    "owner",
]


@_exact
class ProfileChanged(TypedDict, total=False):
    """What we know of a person changed; ``old`` and ``new`` are values of any kind."""

    field: Required[ProfileField]
    old: Any
    new: Any
    effective: Moment


def is_usable(change: "ProfileChanged") -> "ProfileChanged":
    """What is kept of a person is short, and quiet hours go by their time zone: one that nobody knows is refused."""
    for field in ("old", "new"):
        if len(str(change.get(field))) > LONGEST_NOTE:
            raise PydanticCustomError(
                "BAD_VALUE", "what is known of a person has at most 2000 characters", {"field": field}
            )
    zone = change.get("new")
    if change["field"] == "timezone" and zone:
        try:
            zone_named(zone)
        except (ValueError, TypeError):
            raise PydanticCustomError(
                "BAD_VALUE", "write an IANA time zone such as Europe/Amsterdam", {"field": "new"}
            ) from None
    return change


@_exact
class ClaimChanged(TypedDict, total=False):
    """A claim got another status."""

    claim: Required[Name]
    status: Required[Literal["opened", "approved", "rejected", "paid", "closed"]]
    product: Word
    amount: Number


@_exact
class ComplaintChanged(TypedDict, total=False):
    """A complaint got another status."""

    complaint: Required[Name]
    status: Required[Literal["opened", "answered", "closed"]]
    about: Text


@_exact
class PaymentChanged(TypedDict, total=False):
    """A payment got another status."""

    status: Required[Literal["due", "paid", "late", "failed", "arranged"]]
    amount: Number
    policy: Word


@_exact
class PromiseChanged(TypedDict, total=False):
    """What we told a customer we would do, and what became of it."""

    promise: Required[Name]
    status: Required[Literal["made", "kept", "cancelled", "moved"]]
    what: Text
    due: Moment
    owner: Word


@_exact
class SurveyAnswered(TypedDict, total=False):
    """The answer to a survey."""

    kind: Required[Literal["nps", "csat", "ces", "voc"]]
    score: Number
    text: Text
    about: Text


@_exact
class Item(TypedDict, total=False):
    """One line of an order; returned goods have a negative quantity."""

    sku: Required[Name]
    quantity: Number
    price: Number


@_exact
class OrderPlaced(TypedDict, total=False):
    """An order of goods."""

    items: Required[list[Item]]
    amount: Number


@_exact
class ReferralMade(TypedDict, total=False):
    """A customer brought us somebody else (a subject)."""

    referred: Required[Name]
    accepted: Flag


@_exact
class CommunityChanged(TypedDict, total=False):
    """Somebody joined or left a community; ``job`` is the job-to-be-done its members share."""

    community: Required[Name]
    job: Word


@_exact
class ConsentChanged(TypedDict, total=False):
    """A consent was given or withdrawn; no channels means all of them."""

    purpose: Required[Literal["profiling", "marketing", "service", "social_listening", "research"]]
    given: Required[bool]
    channels: list[Name] | None
    basis: Word
    expires: Moment
    evidence: Any


class Envelope(TypedDict, total=False):
    """The CloudEvents 1.0 envelope around ``data``; further attributes (extensions) are allowed and kept."""

    specversion: Required[Literal["1.0"]]
    id: Required[Annotated[Name, Field(description="with source: what makes a duplicate")]]
    source: Required[Annotated[Name, Field(examples=["/crm", "/web", "/social/x"])]]
    time: Required[Annotated[str, Field(json_schema_extra={"format": "date-time"}, description="the event time")]]
    recordedtime: Annotated[
        str | None, Field(json_schema_extra={"format": "date-time"}, description="when it reached the first of us")
    ]
    warmup: Annotated[Flag, Field(description="builds state and fires nothing")]


IdentityChanged = TypedDict(
    "IdentityChanged", {"from": Required[Name], "to": Required[Name], "source_of_truth": Any}, total=False
)
_exact(IdentityChanged)
IdentityChanged.__doc__ = "Two subjects turned out to be one person, or not to be."


@_exact
class PrivacyRequested(TypedDict, total=False):
    """A person used one of their rights."""

    kind: Required[Literal["access", "erase", "restrict", "object", "portability"]]


@_exact
class MarketChanged(TypedDict, total=False):
    """News of the market, about nobody in particular."""

    product: Required[Name]
    what: Required[Literal["premium", "campaign", "incident", "law"]]
    competitor: Word
    premium: Number
    previous_premium: Number
    headline: Text


Outcome = Literal[
    "shown",
    "claimed",
    "snoozed",
    "contacted",
    "not_reached",
    "accepted",
    "declined",
    "converted",
    "complained",
    "wrong",
    "overruled",
]


@_exact
class RecommendationOutcome(TypedDict, total=False):
    """What became of a recommendation."""

    recommendation: Required[Name]
    outcome: Required[Outcome]
    by: Word
    note: Note
    value: Number


@_exact
class DeskChanged(TypedDict, total=False):
    """A desk opened, closed or got another capacity."""

    desk: Required[Name]
    capacity: Number
    open: Flag
    until: Moment


@_exact
class ClockTicked(TypedDict, total=False):
    """Event time moves on when nothing else happens; touches no customer."""
