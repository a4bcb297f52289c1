"""What the composer shows beside the form, for as much of it as is filled in."""

from dataclasses import dataclass
from unicodedata import normalize

from sqlalchemy.orm import Session

from broadcaster.errors import InputError
from broadcaster.rules.accents import ambiguous_words
from broadcaster.services.drafts import Draft, purpose_of
from broadcaster.services.previews import Preview, preview
from broadcaster.store.tables.announcements import Topic
from broadcaster.web.guards import the_actor, the_house
from broadcaster.web.staff.compose_form import ComposeForm, read_audience
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


def look(session: Session, form: ComposeForm) -> Look:
    """Look at a form that is still being filled in: times are not asked for yet."""
    actor, now = the_actor(), the_house().clock.now()
    ward = get_ward(session, actor.ward_id)
    known = known_groups(session)
    draft = Draft(
        topic=topic_or_general(form),
        body=form.body,
        accented=form.accented == "yes",
        audience=read_audience(form, known),
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
    else:
        counted, said = seen.audience, seen.sentence
    named_by: dict[str, list[str]] = {}
    for name, value in form.pairs():
        if name in _NAMED_BY:
            named_by.setdefault(name, []).append(value)
    return Look(
        preview=seen,
        fault=fault,
        audience=counted,
        sentence=said,
        named_by=named_by,
        sender=ward.sender_brand,
    )


def known_groups(session: Session) -> frozenset[int]:
    """Return the ids of the groups that the actor may write to."""
    return frozenset(group.id for group in list_groups(session, the_actor().scope))


def topic_or_general(form: ComposeForm) -> Topic:
    """Return the topic, or the general one while none is chosen."""
    return Topic(form.topic) if form.topic in set(Topic) else Topic.GENERAL


def replace_word(body: str, word: str) -> str:
    """Put our suggestion in every place of a word that loses its meaning."""
    body = normalize("NFC", body)
    for found in reversed(ambiguous_words(body)):
        if found.word == word:
            body = body[: found.start] + found.suggestion + body[found.end :]
    return body
