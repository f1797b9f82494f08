"""What a pack says of itself and of all its triggers: the pydantic models of ``pack.yaml``."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from signals.calendar.duration import LengthField
from signals.calendar.hours import HoursRules
from signals.calendar.working_days import HolidayRules
from signals.faults import Misplaced, Place
from signals.pack.model import Class
from signals.pack.pattern import ChannelName, EventType, Model, Names, Saying, ZoneName
from signals.pack.products import in_plain_writing

Told = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
"""What every decision names: it says something."""


class Extending(Model):
    """What a pack may say over what the pack it extends says of the same."""

    def over(self, extended: Self) -> Self:
        """What is said here takes the place of what is said there; the rest stands."""
        return extended.model_copy(update={field: getattr(self, field) for field in self.model_fields_set})


class Cap(Model):
    """At most ``max`` contacts of one class in a rolling window ``per``."""

    class_: Class = Field(alias="class")
    per: LengthField
    max: Annotated[int, Field(ge=0)]


class Policy(Extending):
    """The decision's parameters that a pack gives and the configuration may override."""

    caps: list[Cap] = Field([])
    hours: dict[ChannelName, HoursRules] = Field({})
    explicit_channels: list[ChannelName] = Field([])

    def over(self, extended: Self) -> Self:
        """Channels without hours of their own here keep those they have there."""
        return super().over(extended).model_copy(update={"hours": extended.hours | self.hours})


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


class Values(Extending):
    """Total Customer Engagement Value: what each part is worth, in euro."""

    expected_years: Annotated[float, Field(ge=0)] = 5.0
    margin: float = 0.1
    referral: float = 0.0
    reach: float = 0.0
    community: float = 0.0
    feedback: float = 0.0
    telling: float = 0.0
    """Of one warm word told to others, fresh; it fades."""
    typical: Annotated[float, Field(gt=0)] = 500.0
    orders: OrderModel | None = None


class PackHeader(Extending):
    """``pack.yaml``: who the pack is and what all its triggers share."""

    name: Told
    version: Told
    about: str
    extends: str | None = None
    lexicon: str | None = None
    """The pack with whose words texts are read, where nothing else of it is wanted; the own lexicon adds to them."""
    drop: Names = Field([])
    """The triggers of what it extends that it doesn't want."""
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

    @model_validator(mode="after")
    def _names_of_one_product(self) -> Self:
        whose = {in_plain_writing(product): product for product in self.products}
        twice: list[tuple[Place, str]] = []
        for product, names in self.products.items():
            for number, name in enumerate(names):
                other = whose.setdefault(in_plain_writing(name), product)
                if other != product:
                    twice.append((("products", product, number), f"{name!r} is a name of {other} already; keep one"))
        if twice:
            raise Misplaced(twice)
        return self

    def over(self, extended: Self) -> Self:
        """A product's name that both packs use is this one's."""
        own, known = super().over(extended), extended.fields
        others = {name: names for name, names in extended.products.items() if name not in self.products}
        added = {type_: [*known.get(type_, ()), *names] for type_, names in self.fields.items()}
        return own.model_copy(
            update={
                "drop": self.drop,
                "fields": known | added,
                "products": self.products | others,
                "labels": extended.labels | self.labels,
                "policy": self.policy.over(extended.policy),
                "values": self.values.over(extended.values),
            }
        )
