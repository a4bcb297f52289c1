"""Start a real Kannel on the configuration that our own guide prints."""

import re
import shutil
import signal
from functools import partial
from pathlib import Path
from urllib.request import urlopen

from tests.daemons import Daemon
from tests.kannel_carrier import is_open
from tests.servers import ServerMissingError, free_port
from tests.telco import ROOT, until

GUIDE = ROOT / "docs" / "how-to" / "kannel.md"
USERNAME = "loa"
PASSWORD = "a-password-of-a-test"
SECRET = "an-inbound-secret-of-a-test"
NOWHERE = "nowhere"
"""A user whose texts no connection carries."""
ADMIN = "an-admin-password"


class Kannel:
    """One bearerbox and one smsbox, whose carrier is an SMSC of Kannel's own test wire.

    `lines` are added to groups, by name: {"core": "sms-outgoing-queue-limit = 2"}.
    """

    def __init__(
        self, folder: Path, *, public_url: str, lines: dict[str, str] | None = None
    ) -> None:
        self.folder = folder
        (folder / "spool").mkdir(parents=True)
        self.admin_port, self.port, self.smsc_port = (free_port() for _ in range(3))
        self._box_port = free_port()
        conf = folder / "kannel.conf"
        conf.write_text(self._configuration(public_url, lines or {}), "utf-8")
        self.bearerbox = Daemon(
            command=[_program("bearerbox"), "-v", "4", str(conf)],
            log=folder / "bearerbox.log",
            is_ready=partial(is_open, self._box_port),
        )
        self.smsbox = Daemon(
            command=[_program("smsbox"), "-v", "4", str(conf)],
            log=folder / "smsbox.log",
            is_ready=partial(is_open, self.port),
        )

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start both; they answer when this returns."""
        self.bearerbox.start()
        try:
            self.smsbox.start()
        except BaseException:
            self.bearerbox.stop()
            raise

    def stop(self) -> None:
        """End both, and wait for it."""
        # asked kindly, they wait ten seconds for a carrier that may come back
        self.smsbox.stop(signal.SIGKILL)
        self.bearerbox.stop(signal.SIGKILL)

    def kill(self) -> None:
        """End bearerbox as a power cut would; smsbox follows by itself."""
        self.bearerbox.stop(signal.SIGKILL)
        until(lambda: not is_open(self.port))
        self.smsbox.stop()

    def count(self, what: str) -> int:
        """Return a figure of bearerbox: `sent`, `queued` or `stored` texts."""
        url = f"http://127.0.0.1:{self.admin_port}/status.txt?password={ADMIN}"
        with urlopen(url, timeout=5) as answer:
            said = answer.read().decode()
        found = re.search(
            r"SMS: received \d+ \(\d+ queued\), "
            r"sent (?P<sent>\d+) \((?P<queued>\d+) queued\), "
            r"store size (?P<stored>-?\d+)",
            said,
        )
        assert found, said
        return int(found[what])

    def _configuration(self, public_url: str, lines: dict[str, str]) -> str:
        [printed] = re.findall(r"```ini\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
        for example, ours in {
            "13000": str(self.admin_port),
            "13001": str(self._box_port),
            "13013": str(self.port),
            "change-me-admin": ADMIN,
            "change-me-password": PASSWORD,
            "change-me-inbound-secret": SECRET,
            "/var/spool/kannel": str(self.folder / "spool"),
            "https://loa.ward.example": public_url,
            "http-queue-delay = 10": "http-queue-delay = 1",
        }.items():
            assert example in printed, f"the guide has no {example}"
            printed = printed.replace(example, ours)
        carrier = (
            "group = smsc\nsmsc = fake\nsmsc-id = carrier\n"
            f"port = {self.smsc_port}\nconnect-allow-ip = 127.0.0.1\n"
            "denied-smsc-id = nobody\n"
        )
        other = (
            f"group = sendsms-user\nusername = {NOWHERE}\npassword = {PASSWORD}\n"
            "forced-smsc = nobody\n"
        )
        whole = "\n".join((printed, carrier, other))
        for group, line in lines.items():
            head = f"group = {group}\n"
            assert head in whole, f"there is no group {group}"
            whole = whole.replace(head, f"{head}{line}\n")
        return whole


def _program(name: str) -> str:
    program = shutil.which(name, path="/usr/sbin:/usr/local/sbin:/usr/bin")
    if program is None:
        raise ServerMissingError(name)
    return program
