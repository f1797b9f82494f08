"""The embedded node: the engine in one process with a durable store, no broker, no server."""

from streams.node.node import EmbeddedNode

__all__ = ["EmbeddedNode"]
