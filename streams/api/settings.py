"""The API's settings, each an environment variable ``SIGNALS_API_…``."""

from pathlib import Path
from typing import Any, Self

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from streams.api.keys import KeyRing
from streams.environment import settings_error
from streams.sources.cells import Zone

LOOPBACK = "127.0.0.1"


class ApiSettings(BaseSettings):
    """Where to listen, who may come in, and how much at a time."""

    model_config = SettingsConfigDict(env_prefix="SIGNALS_API_", env_ignore_empty=True)

    host: str = LOOPBACK
    """Address to listen on; anything but the loopback needs keys."""

    port: int = Field(default=8080, ge=0, le=65_535)

    keys: str = Field(default="", repr=False)
    """Keys as lines (or words) ``name:scope+scope:hash``, made by ``signals key``. None: open, on the loopback only."""

    keys_file: Path | None = None
    """File of more such keys; it is read again when it changes, so that taking a key back takes no restart."""

    pack: str = "insurance-nl"
    """Pack whose ``tracking.yaml`` says what the calls of Segment-compatible clients mean."""

    timezone: Zone = "Europe/Amsterdam"
    """Zone in which pages show times."""

    sites: str = ""
    """Origins of our web sites (``https://www.example.nl``, words) whose pages may send visits here. Not needed where
    the site itself serves this API under its own name."""

    largest_body: int = Field(default=8_000_000, ge=1)
    """Bytes of a request as sent."""

    largest_unpacked: int = Field(default=32_000_000, ge=1)
    """Bytes of a request once decompressed."""

    most_events: int = Field(default=10_000, ge=1)
    """Events in one request."""

    requests_per_second: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    """What one key may ask for on average, in bursts of twice as much; 0: no limit."""

    link_secret: SecretStr = SecretStr("")
    """Signs the links to customers' own pages; the same for all processes. None: links end with the process."""

    identify_secret: SecretStr = SecretStr("")
    """Shared with the site's server, which signs who is logged in; two words while one takes the place of the other.
    None: the key of a web page may say of any customer that it is theirs."""

    @classmethod
    def read(cls, **given: Any) -> Self:
        """What is ``given``, and the environment for the rest; raises ``SettingsError`` that names everything wrong."""
        try:
            return cls(**given)
        except ValidationError as error:
            raise settings_error(error, lambda field: f"SIGNALS_API_{field.upper()}") from None

    def ring(self) -> KeyRing:
        """The keys; raises ``ValueError`` when one is malformed, or when there are none and others could come in."""
        ring = KeyRing(self.keys, self.keys_file)
        if ring.open and self.host not in (LOOPBACK, "::1", "localhost"):
            raise ValueError(
                f"SIGNALS_API_HOST={self.host} lets others in, but SIGNALS_API_KEYS is empty: "
                "make a key with `signals key NAME SCOPE…` and set it, or name a file of keys in "
                "SIGNALS_API_KEYS_FILE, or listen on 127.0.0.1"
            )
        return ring
