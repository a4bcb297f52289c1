"""The officer's form: kept letter for letter, and read into a draft."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

from werkzeug.datastructures import MultiDict

from broadcaster.errors import InputError
from broadcaster.rules.renderings import Personal, TemplateRendering
from broadcaster.rules.timing import (
    daily_rule,
    monthly_rule,
    next_occurrence,
    ward_moment,
    ward_time,
    ward_today,
    weekly_rule,
)
from broadcaster.services.drafts import Draft
from broadcaster.store.tables.announcements import Topic
from subscriptions.audience import Audience
from subscriptions.tables.households import Tag

WEEK = 7
LONGEST_MONTH = 31
MAX_HOURS = 24 * 31
YEARS = range(2000, 2100)
"""A day of another year is a slip; the far ones run out of the calendar."""
_CLOCK = re.compile(r"(\d{1,2})\s*(?:[:hg.]\s*(\d{2})?)?")
_SECOND = dt.timedelta(seconds=1)
_MANY = ("groups", "tags", "without")
_BLANK, _FILL = "blank.", "fill."


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposeForm:
    """What stands in the form: as typed, good or not, so that nothing is lost."""

    key: str
    draft: str = ""
    """The public id of the announcement that is being changed, if one is."""
    schedule: str = ""
    """The public id of the schedule that is being changed, if one is."""
    topic: str = Topic.GENERAL
    body: str = ""
    accented: str = "no"
    whom: str = "groups"
    groups: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    when: str = "now"
    send_day: str = ""
    send_time: str = ""
    repeat: str = "monthly"
    weekday: str = "0"
    monthday: str = "1"
    repeat_time: str = ""
    starts_on: str = ""
    until_day: str = ""
    until_time: str = ""
    valid_hours: str = ""
    zalo_template: str = ""
    zalo_shown: str = ""
    """The template whose blanks stand in the form: another may be chosen by now."""
    blanks: tuple[tuple[str, str], ...] = ()
    """The template's blanks by name, each person's own as `{ten}` and the like."""

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Give every name and value, for a form that carries it unseen."""
        for name, value in self.blanks:
            yield f"{_BLANK}{name}", value
        for each in fields(self):
            if each.name == "blanks":
                continue
            value = getattr(self, each.name)
            many = value if isinstance(value, tuple) else (value,)
            yield from ((each.name, one) for one in many)


def read_form(posted: MultiDict[str, str]) -> ComposeForm:
    """Return the form as it was posted; what is not in it is empty."""
    typed: dict[str, Any] = {}
    for each in fields(ComposeForm):
        if each.name == "blanks":
            typed[each.name] = tuple(_blanks(posted))
        elif each.name in _MANY:
            typed[each.name] = tuple(posted.getlist(each.name))
        else:
            typed[each.name] = posted.get(each.name, "")
    if not typed["zalo_template"].isprintable():
        typed["zalo_template"] = ""
    return ComposeForm(**typed)


def read_rendering(form: ComposeForm) -> TemplateRendering | None:
    """Return the Zalo rendering the form means; None: everybody gets the SMS."""
    if not form.zalo_template:
        return None
    return TemplateRendering(template_id=form.zalo_template, data=dict(form.blanks))


def read_audience(form: ComposeForm, known: frozenset[int]) -> Audience:
    """Return whom the form names, of the groups that are known."""
    chosen = _ids(form.groups, known)
    return Audience(
        group_ids=None if form.whom == "all" else chosen,
        tags=frozenset(Tag(word) for word in form.tags if word in set(Tag)),
        excluded_group_ids=_ids(form.without, known),
    )


def read_topic(form: ComposeForm) -> Topic:
    """Return the topic. Raises InputError."""
    try:
        return Topic(form.topic)
    except ValueError as error:
        raise InputError("topic", "choose") from error


def topic_or_general(form: ComposeForm) -> Topic:
    """Return the topic, or the general one while none is chosen."""
    return Topic(form.topic) if form.topic in set(Topic) else Topic.GENERAL


def read_draft(form: ComposeForm, *, known: frozenset[int], now: dt.datetime) -> Draft:
    """Return the draft the form means. Raises InputError naming its first fault."""
    send_at, rule = _times(form, now=now)
    return Draft(
        topic=read_topic(form),
        body=form.body,
        accented=form.accented == "yes",
        audience=read_audience(form, known),
        send_at=send_at,
        valid_until=_valid_until(form, send_at=send_at, rule=rule),
        rule=rule,
        zalo=read_rendering(form),
        idempotency_key=form.key,
    )


def read_clock(typed: str, field: str) -> dt.time:
    """Read a time of day as people write it: "07:30", "7h30", "19h". Or InputError."""
    found = _CLOCK.fullmatch(typed.strip().lower())
    if found is None:
        raise InputError(field, "not_a_time")
    try:
        return dt.time(int(found[1]), int(found[2] or 0))
    except ValueError as error:
        raise InputError(field, "not_a_time") from error


def read_day(typed: str, field: str) -> dt.date:
    """Read a day, as the browser's calendar or a person writes it. Or InputError."""
    parts = typed.strip().replace("-", "/").split("/")
    try:
        numbers = [int(part) for part in parts]
        year, month, day = numbers if numbers[0] > LONGEST_MONTH else reversed(numbers)
        read = dt.date(year, month, day)
    except (ValueError, OverflowError) as error:
        raise InputError(field, "not_a_day") from error
    if read.year not in YEARS:
        raise InputError(field, "not_a_day")
    return read


def _blanks(posted: MultiDict[str, str]) -> Iterator[tuple[str, str]]:
    for field, typed in posted.items():
        if field.startswith(_BLANK):
            name = field.removeprefix(_BLANK)
            personal = posted.get(f"{_FILL}{name}", "")
            yield name, f"{{{personal}}}" if personal in set(Personal) else typed


def _ids(typed: tuple[str, ...], known: frozenset[int]) -> frozenset[int]:
    return frozenset(each for each in known if str(each) in typed)


def _times(
    form: ComposeForm, *, now: dt.datetime
) -> tuple[dt.datetime | None, str | None]:
    if form.when == "at":
        day = read_day(form.send_day, "send_day")
        return ward_moment(day, read_clock(form.send_time, "send_time")), None
    if form.when == "repeat":
        rule = _rule(form)
        return _start(form, now=now), rule
    return None, None


def _rule(form: ComposeForm) -> str:
    if form.repeat == "daily":
        return daily_rule()
    if form.repeat == "weekly":
        return weekly_rule(_number(form.weekday, "weekday", most=WEEK - 1))
    if form.repeat == "monthly":
        return monthly_rule(
            _number(form.monthday, "monthday", least=1, most=LONGEST_MONTH)
        )
    raise InputError("repeat", "choose")


def _start(form: ComposeForm, *, now: dt.datetime) -> dt.datetime:
    clock = read_clock(form.repeat_time, "repeat_time")
    if form.starts_on:
        return ward_moment(read_day(form.starts_on, "starts_on"), clock)
    today = ward_moment(ward_today(now), clock)
    # today's hour has passed: the rule may begin tomorrow
    return today if today >= now else today + dt.timedelta(days=1)


def _valid_until(
    form: ComposeForm, *, send_at: dt.datetime | None, rule: str | None
) -> dt.datetime | None:
    if rule is not None and send_at is not None:
        if form.until_day.strip() or form.until_time.strip():
            raise InputError("until_day", "not_for_repeat")
        return _validity_of_first(form, rule, send_at)
    if not form.until_day.strip() and not form.until_time.strip():
        return None
    day = read_day(form.until_day, "until_day")
    return ward_moment(day, read_clock(form.until_time or "23:59", "until_time"))


def _validity_of_first(
    form: ComposeForm, rule: str, start: dt.datetime
) -> dt.datetime | None:
    if not form.valid_hours.strip():
        return None
    hours = _number(form.valid_hours, "valid_hours", least=1, most=MAX_HOURS)
    first = next_occurrence(rule, start=start, after=start - _SECOND)
    return None if first is None else first + dt.timedelta(hours=hours)


def _number(typed: str, field: str, *, most: int, least: int = 0) -> int:
    digits = typed.strip()
    if not digits.isdecimal() or len(digits) > len(str(most)):
        raise InputError(field, "not_a_number")
    if not least <= int(digits) <= most:
        raise InputError(field, "not_a_number")
    return int(digits)


def show_clock(moment: dt.datetime) -> str:
    """Write a time as the form takes it."""
    return f"{ward_time(moment):%H:%M}"
