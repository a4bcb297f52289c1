"""What a person can do on Zalo with the phone in hand, by the wall's buttons."""

from collections.abc import Callable

from broadcaster.simulator.handsets import Handset
from broadcaster.simulator.zalo_account import ZaloAccount

Doing = Callable[[ZaloAccount, Handset], object]

INSTALL = "install"
DOINGS: dict[str, Doing] = {
    INSTALL: lambda zalo, phone: zalo.people.change(phone.e164, has_zalo=True),
    "remove": lambda zalo, phone: zalo.people.change(phone.e164, has_zalo=False),
    "follow": lambda zalo, phone: zalo.follow(phone.e164, is_following=True),
    "unfollow": lambda zalo, phone: zalo.follow(phone.e164, is_following=False),
    "share": lambda zalo, phone: zalo.share_phone(phone.e164, name=_name_of(phone)),
    "refuse": lambda zalo, phone: zalo.people.change(phone.e164, refuses=True),
    "allow": lambda zalo, phone: zalo.people.change(phone.e164, refuses=False),
}


def do_on_zalo(zalo: ZaloAccount, phone: Handset, doing: str) -> bool:
    """Do it and return True; False for what cannot be done on this phone."""
    if doing not in DOINGS:
        return False
    if doing != INSTALL and not zalo.people.uses_zalo(phone.e164):
        return False
    DOINGS[doing](zalo, phone)
    return True


def _name_of(phone: Handset) -> str:
    return phone.label.partition(",")[0]
