"""Logs as JSON lines on stderr; never an event's content, a subject or a secret in them."""

import logging
import sys
import time

import structlog

_LIBRARY_SECONDS = 60.0
"""What a library says again within this time is left out: while Kafka is away, its clients repeat themselves a hundred
times a second."""

_REMEMBERED = 1_000


def configure_logs() -> None:
    """Write our own logs from INFO on, those of the libraries from WARNING on, and of these no endless repetition."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    without_meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    as_json = structlog.processors.JSONRenderer()
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_OfLibraries())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[without_meta, structlog.processors.format_exc_info, as_json],
        )
    )
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.captureWarnings(True)


class _OfLibraries(logging.Filter):
    """Lets what libraries say pass from WARNING on, each thing once in a while. Faust speaks in the name of modules of
    ours, so they are told apart by how the line was made."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, str, object], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.msg, dict):  # ours, by structlog
            return True
        if record.levelno < logging.WARNING:
            return False
        said = (record.name, str(record.msg), record.exc_info and record.exc_info[0])
        now = time.monotonic()
        if now - self._said.get(said, float("-inf")) < _LIBRARY_SECONDS:
            return False
        if len(self._said) >= _REMEMBERED:
            self._said.clear()
        self._said[said] = now
        return True
