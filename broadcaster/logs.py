"""One event a line, ids only: what a process says while it runs.

An exception is logged by its type and where it arose, never by its message: a
database's message holds the row that it refused, and with it a name or a number. The
address of a request is not logged either: some telcos write both into its query.
"""

import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog

Event = MutableMapping[str, Any]

QUIET = ("rq", "apscheduler", "urllib3", "twilio", "fontTools")
"""Libraries that say at INFO what we say in our own words."""

REQUEST = re.compile(r": | /")
"""What stands before a request in what gunicorn says of it."""


def configure_logs() -> None:
    """Send every logger of this process to standard error, as JSON lines."""
    before: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _name_exception,
    ]
    structlog.configure(
        processors=[*before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def keep_requests_out() -> None:
    """Let gunicorn say that a request failed, and not which one it was."""
    logging.getLogger("gunicorn.error").addFilter(_leave_request_out)


def _leave_request_out(record: logging.LogRecord) -> bool:
    """Cut a warning where the request line or its address begins."""
    if record.levelno >= logging.WARNING:
        kind = record.exc_info[0] if record.exc_info else None
        record.msg = REQUEST.split(record.getMessage(), maxsplit=1)[0]
        record.msg += f" ({kind.__name__})" if kind else ""
        record.args, record.exc_info = (), None
    return True


def _name_exception(_logger: Any, _method: str, event: Event) -> Event:
    given = event.pop("exc_info", None)
    if not given:
        return event
    error = given if isinstance(given, BaseException) else None
    if error is None:
        error = given[1] if isinstance(given, tuple) else sys.exc_info()[1]
    chain = []
    while error is not None:
        frames = traceback.extract_tb(error.__traceback__)
        where = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        kind = type(error)
        chain.append({"type": f"{kind.__module__}.{kind.__qualname__}", "at": where})
        error = error.__cause__ or error.__context__
    event["exception"] = chain
    return event
