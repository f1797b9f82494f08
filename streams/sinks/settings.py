"""Which sinks there are: a YAML file; secrets stay in the environment, the file names their variables."""

import base64
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from aiohttp import ClientSession
from pydantic import BaseModel, ConfigDict, Field

from signals.pack.document import Document
from streams.api.outcome import Outcome
from streams.sinks.dataverse import Dataverse
from streams.sinks.delivery import Sink
from streams.sinks.guard import Forbidden, check_url
from streams.sinks.hubspot import HubSpot
from streams.sinks.salesforce import Salesforce
from streams.sinks.sign_in import SignIn
from streams.sinks.webhook import Webhook


class SinksError(Exception):
    """The sinks can't be used as they are configured; the message says what to mend."""


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    url: str
    private: bool = False
    """Whether the receiver stands inside our own network (any address, also http)."""


class WebhookSettings(_Settings):
    """A receiver of signed webhooks; ``secrets`` are names of environment variables, two of them while rotating."""

    kind: Literal["webhook"]
    secrets: Annotated[list[str], Field(min_length=1, max_length=2)]

    def open(self, name: str, session: ClientSession) -> Sink:
        """The sink; raises ``SinksError`` when a secret is missing."""
        return Webhook(name, self.url, [_signing_secret(variable) for variable in self.secrets], session)


class _CrmSettings(_Settings):
    """``outcomes``: our word for each state in the CRM that says what became of a recommendation; none: never read."""

    outcomes: dict[str, Outcome] = {}
    read_seconds: Annotated[int, Field(ge=5)] = 60
    """Between two looks for outcomes."""


class SalesforceSettings(_CrmSettings):
    """An org, signed in to with the client credentials in the two environment variables."""

    kind: Literal["salesforce"]
    client: str
    secret: str
    field: str = "Recommendation_Id__c"
    customer_field: str = "Customer_Number__c"

    def open(self, name: str, session: ClientSession) -> Sink:
        """The sink; raises ``SinksError`` when a secret is missing."""
        form = _credentials(self.client, self.secret)
        sign_in = SignIn(session, token_url=f"{self.url.rstrip('/')}/services/oauth2/token", form=form)
        return Salesforce(name, self.url, self.field, self.customer_field, sign_in)


class DataverseSettings(_CrmSettings):
    """An organisation, signed in to at ``token_url`` with the client credentials in the two environment variables."""

    kind: Literal["dataverse"]
    token_url: str
    client: str
    secret: str
    table: str = "sig_recommendations"
    prefix: str = "sig"

    def open(self, name: str, session: ClientSession) -> Sink:
        """The sink; raises ``SinksError`` when a secret is missing."""
        form = _credentials(self.client, self.secret) | {"scope": f"{self.url.rstrip('/')}/.default"}
        return Dataverse(name, self.url, self.table, self.prefix, SignIn(session, token_url=self.token_url, form=form))


class HubSpotSettings(_CrmSettings):
    """A portal, with the token of a private app in the environment variable ``token``."""

    kind: Literal["hubspot"]
    url: str = "https://api.hubapi.com"
    token: str
    event: Annotated[str, Field(pattern=r"^pe\d+_\w+$")]
    property: str = "recommendation_id"
    customer_property: str = ""
    """The contact's property with unique values that holds the customer's number; none: it is HubSpot's own."""

    def open(self, name: str, session: ClientSession) -> Sink:
        """The sink; raises ``SinksError`` when the token is missing."""
        sign_in = SignIn(session, token=secret_of(self.token))
        return HubSpot(name, self.url, self.event, self.property, self.customer_property, sign_in)


SinkSettings = WebhookSettings | SalesforceSettings | DataverseSettings | HubSpotSettings


class SinksFile(BaseModel):
    """The file: settings by the name of the sink."""

    model_config = ConfigDict(extra="forbid")

    sinks: dict[str, Annotated[SinkSettings, Field(discriminator="kind")]]


def read_sinks(path: Path) -> dict[str, SinkSettings]:
    """Read the file; raises ``PackError`` with file and line, or ``Forbidden`` for an address that may not be used."""
    document = Document(path)
    settings = dict(document.check(SinksFile).sinks)
    for name, one in settings.items():
        for field in ("url", "token_url"):
            try:
                check_url(getattr(one, field, one.url), one.private)
            except Forbidden as error:
                raise Forbidden(document.problem(("sinks", name, field), str(error))) from None
    return settings


def check_secrets(settings: Mapping[str, SinkSettings]) -> None:
    """Raise ``SinksError`` when the environment lacks a secret that a sink will need."""
    for one in settings.values():
        match one:
            case WebhookSettings():
                variables = [variable for variable in one.secrets if _signing_secret(variable)]
            case HubSpotSettings():
                variables = [one.token]
            case _:
                variables = [one.client, one.secret]
        for variable in variables:
            secret_of(variable)


def secret_of(variable: str) -> str:
    """The value of an environment variable that holds a secret; raises ``SinksError`` when it is not set."""
    value = os.environ.get(variable, "")
    if not value:
        raise SinksError(f"set {variable}: it holds a sink's secret")
    return value


def _signing_secret(variable: str) -> str:
    """A webhook's secret as Standard Webhooks wants it."""
    value = secret_of(variable)
    try:
        length = len(base64.b64decode(value.removeprefix("whsec_"), validate=True))
    except ValueError:
        length = 0
    if not 24 <= length <= 64:
        raise SinksError(
            f"{variable} is no webhook secret: whsec_ and 24 to 64 bytes as base64 (openssl rand -base64 32)"
        )
    return value


def _credentials(client: str, secret: str) -> dict[str, str]:
    return {
        "grant_type": "client_credentials",
        "client_id": secret_of(client),
        "client_secret": secret_of(secret),
    }
