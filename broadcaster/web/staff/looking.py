"""What the composer shows beside the form, for as much of it as is filled in."""

from dataclasses import dataclass
from unicodedata import normalize

from sqlalchemy.orm import Session

from broadcaster.errors import InputError
from broadcaster.rules.accents import ambiguous_words
from broadcaster.services.drafts import Draft, purpose_of
from broadcaster.services.previews import Preview, preview
from broadcaster.services.zalo_previews import ZaloLook, look_at_zalo
from broadcaster.web.guards import the_actor, the_house
from broadcaster.web.staff.compose_form import (
    ComposeForm,
    read_audience,
    read_rendering,
    topic_or_general,
)
from broadcaster.web.staff.zalo_form import ZaloForm, zalo_form
from broadcaster.web.zalo_card import Card, card_of_look
from subscriptions.audience import AudienceCount, count, sentence
from subscriptions.places import get_ward, list_groups

_NAMED_BY = ("topic", "whom", "groups", "tags", "without")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Both texts when there is a text, and the audience in any case."""

    preview: Preview | None
    fault: str | None
    """What is wrong with the text: a word of the table `compose`."""
    audience: AudienceCount
    sentence: str
    named_by: dict[str, list[str]]
    """The address of the names behind the count, as query."""
    sender: str
    zalo: ZaloLook | None
    """The other rendering, also while there is no text yet."""
    card: Card | None
    zalo_form: ZaloForm | None
    """What may be chosen and filled in; None where the ward has no account."""


def look(session: Session, form: ComposeForm) -> Look:
    """Look at a settled form that is still being filled in: times may come later."""
    actor, now = the_actor(), the_house().clock.now()
    ward = get_ward(session, actor.ward_id)
    known = known_groups(session)
    draft = Draft(
        topic=topic_or_general(form),
        body=form.body,
        accented=form.accented == "yes",
        audience=read_audience(form, known),
        zalo=read_rendering(form),
        idempotency_key=form.key,
    )
    seen, fault = None, None
    try:
        seen = preview(session, draft, ward=ward, now=now)
    except InputError as error:
        fault = f"{error.field}.{error.reason}"
    purpose = purpose_of(draft.topic)
    if seen is None:
        counted = count(session, draft.audience, ward_id=ward.id, purpose=purpose)
        said = sentence(session, draft.audience, ward_id=ward.id)
        zalo = look_at_zalo(
            session, draft, ward_id=ward.id, by_carrier=counted.by_carrier, now=now
        )
    else:
        counted, said, zalo = seen.audience, seen.sentence, seen.zalo
    return Look(
        preview=seen,
        fault=fault,
        audience=counted,
        sentence=said,
        named_by=_named_by(form),
        sender=ward.sender_brand,
        zalo=zalo,
        card=card_of_look(zalo) if zalo else None,
        zalo_form=zalo_form(session, form, zalo, ward_id=ward.id),
    )


def _named_by(form: ComposeForm) -> dict[str, list[str]]:
    named_by: dict[str, list[str]] = {}
    for name, value in form.pairs():
        if name in _NAMED_BY:
            named_by.setdefault(name, []).append(value)
    return named_by


def known_groups(session: Session) -> frozenset[int]:
    """Return the ids of the groups that the actor may write to."""
    return frozenset(group.id for group in list_groups(session, the_actor().scope))


def replace_word(body: str, word: str) -> str:
    """Put our suggestion in every place of a word that loses its meaning."""
    body = normalize("NFC", body)
    for found in reversed(ambiguous_words(body)):
        if found.word == word:
            body = body[: found.start] + found.suggestion + body[found.end :]
    return body
