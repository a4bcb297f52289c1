"""The form in which a ward says how it uses Zalo, for the ward and for the operator."""

from collections.abc import Mapping

from werkzeug.datastructures import MultiDict

from broadcaster.errors import InputError
from broadcaster.ports import Channel
from broadcaster.services.ward_channels import (
    BY_ZALO,
    LEAST_MINUTES,
    MOST_MINUTES,
    ChannelRules,
)
from broadcaster.store.tables.announcements import Topic
from broadcaster.store.tables.zalo import OverQuota
from broadcaster.web.formats import count
from broadcaster.web.guards import the_house
from broadcaster.web.wording import say

MINUTES = "minutes."
MOST_DIGITS = 4


def zalo_accounts() -> tuple[str, ...]:
    """Return the names of the Zalo accounts that may send now."""
    return the_house().gateways.sending(Channel.ZALO)


def typed_of(rules: ChannelRules) -> dict[str, str]:
    """Return the form as it stands for rules that were kept."""
    minutes = {
        f"{MINUTES}{topic}": str(rules.fall_back_minutes.get(topic, ""))
        for topic in BY_ZALO
    }
    return {
        "zalo_gateway": rules.zalo_gateway or "",
        "over_quota": rules.over_quota,
        **minutes,
    }


def read_rules(posted: MultiDict[str, str]) -> ChannelRules:
    """Return the rules the form means. Raises InputError by its field."""
    over_quota = posted.get("over_quota", "")
    if over_quota not in set(OverQuota):
        raise InputError("over_quota", "choose")
    return ChannelRules(
        zalo_gateway=posted.get("zalo_gateway") or None,
        over_quota=OverQuota(over_quota),
        fall_back_minutes=dict(_minutes(posted)),
    )


def form_facts(
    typed: Mapping[str, str], *, errors: Mapping[str, str], gateway: str | None
) -> dict[str, object]:
    """Return what the template of the form needs. `gateway` is the one in use."""
    return {
        "typed": typed,
        "errors": errors,
        "accounts": zalo_accounts(),
        "gateway": gateway,
        "topics": BY_ZALO,
        "over_quotas": list(OverQuota),
    }


def sentence_of(error: InputError) -> dict[str, str]:
    """Return what is wrong, by the id of its field."""
    word = error.field.partition(".")[0]
    facts = {"least": count(LEAST_MINUTES), "most": count(MOST_MINUTES)}
    return {error.field: say(f"{word}.{error.reason}", "channels", **facts)}


def _minutes(posted: MultiDict[str, str]) -> list[tuple[Topic, int]]:
    found: list[tuple[Topic, int]] = []
    for topic in BY_ZALO:
        field = f"{MINUTES}{topic}"
        typed = posted.get(field, "").strip()
        if not typed:
            continue
        if not (typed.isascii() and typed.isdecimal() and len(typed) <= MOST_DIGITS):
            raise InputError(field, "not_a_number")
        found.append((topic, int(typed)))
    return found
