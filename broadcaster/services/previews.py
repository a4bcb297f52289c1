"""What an officer sees while writing: both texts, their cost, and whom they reach."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from broadcaster.rules.accents import Ambiguity, ambiguous_words
from broadcaster.rules.segments import Encoding, measure
from broadcaster.rules.tariffs import cost
from broadcaster.rules.timing import ward_today
from broadcaster.services.drafts import (
    Draft,
    check_times,
    purpose_of,
    read_body,
    wire_text,
)
from broadcaster.services.zalo_previews import ZaloLook, look_at_zalo
from broadcaster.store.forecasts import read_forecast
from subscriptions.audience import AudienceCount, count, sentence
from subscriptions.tables.places import Ward

LONG_SEGMENTS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """One of the two texts, and what it takes to send it to everybody."""

    text: str
    encoding: Encoding
    units: int
    segments: int
    forcing: tuple[str, ...]
    """The characters without which it would cost about half."""
    vnd_by_carrier: Mapping[str, int]
    unpriced: tuple[str, ...]
    """Carriers of the audience without a tariff today: not in the sum."""

    @property
    def total_vnd(self) -> int:
        """What all of it costs at today's tariffs, in whole VND."""
        return sum(self.vnd_by_carrier.values())

    @property
    def is_long(self) -> bool:
        """Tell whether to warn `too_long`: few read a text of four segments."""
        return self.segments >= LONG_SEGMENTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """Everything about a draft that can be known before it is sent."""

    accented: Rendering
    unaccented: Rendering
    is_accented: bool
    """Which of the two its author chose."""
    ambiguities: tuple[Ambiguity, ...]
    """Words of the body that the unaccented text may turn into others."""
    audience: AudienceCount
    sentence: str
    zalo: ZaloLook | None
    """What those get who are reached by Zalo; None when all get the SMS."""
    sms: Rendering
    """The chosen text to those alone who get the SMS from the beginning."""

    @property
    def total_vnd(self) -> int:
        """What both channels come to, if everybody gets what is foreseen now."""
        return self.sms.total_vnd + (self.zalo.total_vnd if self.zalo else 0)

    @property
    def chosen(self) -> Rendering:
        """The text that phones would receive, letter for letter."""
        return self.accented if self.is_accented else self.unaccented


def preview(session: Session, draft: Draft, *, ward: Ward, now: dt.datetime) -> Preview:
    """Show what a draft would send, to whom and for how much; store nothing.

    Raises InputError as `submit_announcement` would; an audience of nobody is shown.
    """
    body = read_body(draft.body)
    check_times(draft.send_at, draft.valid_until, now=now)
    audience = count(
        session, draft.audience, ward_id=ward.id, purpose=purpose_of(draft.topic)
    )
    rates = _rates(session, audience.by_carrier, day=ward_today(now))
    zalo = look_at_zalo(
        session, draft, ward_id=ward.id, by_carrier=audience.by_carrier, now=now
    )
    by_sms = zalo.reach.sms_by_carrier if zalo else audience.by_carrier
    return Preview(
        accented=_rendering(body, audience.by_carrier, rates),
        unaccented=_rendering(
            wire_text(body, accented=False), audience.by_carrier, rates
        ),
        is_accented=draft.accented,
        ambiguities=tuple(ambiguous_words(body)),
        audience=audience,
        sentence=sentence(session, draft.audience, ward_id=ward.id),
        zalo=zalo,
        sms=_rendering(wire_text(body, accented=draft.accented), by_sms, rates),
    )


def _rates(
    session: Session, lines: Mapping[str, int], *, day: dt.date
) -> dict[str, int]:
    forecast = read_forecast(session, day=day)
    rates = {carrier: forecast.find_sms_rate(carrier) for carrier in lines}
    # those without a rate are shown as unpriced
    return {carrier: rate for carrier, rate in rates.items() if rate is not None}


def _rendering(
    text: str, lines: Mapping[str, int], rates: Mapping[str, int]
) -> Rendering:
    measured = measure(text)
    return Rendering(
        text=text,
        encoding=measured.encoding,
        units=measured.units,
        segments=measured.segments,
        forcing=measured.forcing,
        vnd_by_carrier={
            carrier: cost(measured.segments * number, rates[carrier])
            for carrier, number in lines.items()
            if carrier in rates
        },
        unpriced=tuple(carrier for carrier in lines if carrier not in rates),
    )
