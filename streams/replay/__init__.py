"""Replay: a deterministic event-time run over files, in one process or one per core."""

from streams.replay.run import Options, Summary, replay

__all__ = ["Options", "Summary", "replay"]
