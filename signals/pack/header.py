"""What a pack says of itself and of all its triggers: the pydantic models of ``pack.yaml``."""

from typing import Annotated

from pydantic import Field

from signals.calendar.duration import DurationField
from signals.calendar.hours import HoursRules
from signals.calendar.working_days import HolidayRules
from signals.pack.model import ChannelName, Class, EventType, Model, Names, Saying, ZoneName


class Cap(Model):
    """At most ``max`` contacts of one class in a rolling window ``per``."""

    class_: Class = Field(alias="class")
    per: DurationField
    max: Annotated[int, Field(ge=0)]


class Policy(Model):
    """The decision's parameters that a pack gives and the configuration may override."""

    caps: list[Cap] = Field([])
    hours: dict[ChannelName, HoursRules] = Field({})
    explicit_channels: list[ChannelName] = Field([])


class OrderModel(Model):
    """How the buyers of a business differ, as fitted on their orders: BG/NBD and gamma-gamma (``decision/lifetime``).

    Without it, what coming orders are worth is left out of a customer's value.
    """

    r: Annotated[float, Field(gt=0)]
    alpha: Annotated[float, Field(gt=0)]
    a: Annotated[float, Field(gt=0)]
    b: Annotated[float, Field(gt=0)]
    p: Annotated[float, Field(gt=0)]
    q: Annotated[float, Field(gt=1)]
    v: Annotated[float, Field(gt=0)]


class Values(Model):
    """Total Customer Engagement Value: what each part is worth, in euro."""

    expected_years: float = 5.0
    margin: float = 0.1
    referral: float = 0.0
    reach: float = 0.0
    community: float = 0.0
    feedback: float = 0.0
    telling: float = 0.0
    """Of one warm word told to others, fresh; it fades."""
    typical: Annotated[float, Field(gt=0)] = 500.0
    orders: OrderModel | None = None


class PackHeader(Model):
    """``pack.yaml``: who the pack is and what all its triggers share."""

    name: str
    version: str
    about: str
    extends: str | None = None
    timezone: ZoneName = "UTC"
    holidays: HolidayRules = HolidayRules()
    calendars: list[str] | None = None
    products: dict[str, Names] = Field({})
    product_endings: Names = Field([])
    """What the names of products may end in: with ``insurance``, ``car insurance`` is ``car``."""
    fields: dict[EventType, Names] = Field({})
    """Fields that our senders add to the catalogue's, by the type of event; conditions may ask for them.

    ``items.category`` is one that they add to each of the ``items``.
    """
    labels: dict[str, Saying] = Field({})
    """What sentences call a product; its name where nothing is said."""
    policy: Policy = Policy()
    values: Values = Values()
    premiums_per_year: int = 12
