"""The catalogue: every event type and the shape of its ``data``."""

from typing import Annotated, Any, get_args, get_origin

from pydantic import AfterValidator

from signals.events.shapes import (
    ClaimChanged,
    ClockTicked,
    CommunityChanged,
    ComplaintChanged,
    ConsentChanged,
    Contact,
    DeskChanged,
    FormChanged,
    IdentityChanged,
    MarketChanged,
    OrderPlaced,
    PaymentChanged,
    PolicyChanged,
    PrivacyRequested,
    ProfileChanged,
    PromiseChanged,
    RecommendationOutcome,
    ReferralMade,
    SocialPosted,
    SurveyAnswered,
    WebSearched,
    WebViewed,
    has_address,
    is_usable,
)

CATALOGUE: dict[str, Any] = {
    "contact.received": Contact,
    "contact.made": Contact,
    "web.viewed": Annotated[WebViewed, AfterValidator(has_address)],
    "web.searched": WebSearched,
    "form.changed": FormChanged,
    "social.posted": SocialPosted,
    "policy.changed": PolicyChanged,
    "profile.changed": Annotated[ProfileChanged, AfterValidator(is_usable)],
    "claim.changed": ClaimChanged,
    "complaint.changed": ComplaintChanged,
    "payment.changed": PaymentChanged,
    "promise.changed": PromiseChanged,
    "survey.answered": SurveyAnswered,
    "order.placed": OrderPlaced,
    "referral.made": ReferralMade,
    "community.joined": CommunityChanged,
    "community.left": CommunityChanged,
    "consent.changed": ConsentChanged,
    "identity.linked": IdentityChanged,
    "identity.unlinked": IdentityChanged,
    "privacy.requested": PrivacyRequested,
    "market.changed": MarketChanged,
    "recommendation.outcome": RecommendationOutcome,
    "desk.changed": DeskChanged,
    "clock.ticked": ClockTicked,
}
"""Event type → shape of its ``data``."""

SUBJECT_FIELDS = {
    "identity.linked": ("from", "to"),
    "identity.unlinked": ("from", "to"),
    "referral.made": ("referred",),
}
"""Fields of ``data`` that hold the subject of a person."""

WITHOUT_SUBJECT = frozenset({"clock.ticked", "desk.changed"})
"""Types that are about nobody: a subject they carry is left aside."""


def required_fields(kind: str) -> list[str]:
    """The fields that ``data`` of a type of event must have."""
    shape = CATALOGUE[kind]
    return sorted((get_args(shape)[0] if get_origin(shape) is Annotated else shape).__required_keys__)
