"""Processes log one JSON event a line, and of an error only where it arose."""

import json
import subprocess
import sys

SCRIPT = """
import logging
import structlog
from broadcaster.logs import configure_logs
configure_logs()
structlog.get_logger().info("window_recorded", gateway="twilio", accepted=3)
logging.getLogger("rq.worker").info("a library's chatter")
logging.getLogger("apscheduler").warning("a library's warning")
def refuse():
    raise ValueError("Key (e164)=(+84912345678) already exists")
try:
    try:
        refuse()
    except ValueError as error:
        raise RuntimeError("for +84912345678") from error
except RuntimeError:
    structlog.get_logger().exception("job_failed", job="drain_gateway")
    logging.getLogger("sqlalchemy").error("it failed", exc_info=True)
"""


def test_every_line_is_an_event_and_no_error_tells_what_it_was_about() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True
    )
    assert "912345678" not in done.stderr
    events = [json.loads(line) for line in done.stderr.splitlines()]
    assert [event["event"] for event in events] == [
        "window_recorded",
        "a library's warning",
        "job_failed",
        "it failed",
    ]
    assert events[0]["gateway"] == "twilio"
    assert events[0]["level"] == "info"
    assert events[0]["timestamp"].endswith("Z")
    for failed in events[2:]:
        kinds = [error["type"] for error in failed["exception"]]
        assert kinds == ["builtins.RuntimeError", "builtins.ValueError"]
        assert failed["exception"][1]["at"][-1].endswith("refuse")
