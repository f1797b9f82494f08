"""The HTTP API: events come in, recommendations go out, and people's answers come back."""

from streams.api.application import create_api
from streams.api.node import Busy, Node, Receipt
from streams.api.settings import ApiSettings

__all__ = ["ApiSettings", "Busy", "Node", "Receipt", "create_api"]
