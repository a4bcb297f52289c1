"""A process that needs a Zalo token, and may die at the worst moment.

Run as `python -m tests.broadcaster.gateways.zalo_rotation`, with what it needs as one
JSON object; it prints the hash of the token that it was given.
"""

import datetime as dt
import hashlib
import json
import os
import signal
import sys

from broadcaster.gateways.zalo_options import read_account
from broadcaster.gateways.zalo_tokens import Keys, NoAccessError
from broadcaster.ports import GatewaySettings, Tokens
from broadcaster.store.gateway_tokens import DatabaseTokens
from broadcaster.store.session import Database, create_engine_for
from broadcaster.store.vault import Vault
from tests.telco import ZALO_APP_ID, ZALO_OA_ID, ZALO_OA_SECRET, ZALO_SECRET

LOCK = "a secret of the process, thirty-two letters"


class LateClock:
    """The clock of a process that runs some seconds later than it really does."""

    def __init__(self, seconds: float) -> None:
        self._later = dt.timedelta(seconds=seconds)

    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC) + self._later


class Mortal(DatabaseTokens):
    """Tokens whose process is killed at one moment of a rotation."""

    dies = ""

    def begin_rotation(self) -> Tokens | None:
        held = super().begin_rotation()
        if self.dies == "before asking":
            os.kill(os.getpid(), signal.SIGKILL)
        return held

    def finish_rotation(self, tokens: Tokens) -> None:
        if self.dies == "before storing":
            os.kill(os.getpid(), signal.SIGKILL)
        super().finish_rotation(tokens)


def a_store(
    url: str, *, refresh: str, later_s: float = 0.0, dies: str = ""
) -> DatabaseTokens:
    store = Mortal(
        Database(create_engine_for(url)),
        "zalo",
        vault=Vault(LOCK),
        first_refresh=refresh,
        clock=LateClock(later_s),
    )
    store.dies = dies
    return store


def some_keys(store: DatabaseTokens, *, base_url: str) -> Keys:
    options = {
        "app_id": ZALO_APP_ID,
        "app_secret": ZALO_SECRET,
        "oa_id": ZALO_OA_ID,
        "oa_secret": ZALO_OA_SECRET,
        "refresh_token": "typed",
        "base_url": base_url,
    }
    settings = GatewaySettings(name="zalo", public_url="", demo=False, options=options)
    return Keys(read_account(settings), store, name="zalo")


def main() -> None:
    told = json.loads(sys.argv[1])
    base_url = told.pop("base_url")
    try:
        access = some_keys(a_store(**told), base_url=base_url).access()
    except NoAccessError as error:
        sys.stdout.write(f"none: {error.code}")
        return
    sys.stdout.write(f"got {hashlib.sha256(access.encode()).hexdigest()}")


if __name__ == "__main__":
    main()
