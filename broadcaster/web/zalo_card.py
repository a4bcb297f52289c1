"""A Zalo message as it looks on a phone, with invented people in its open places."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from broadcaster.rules.renderings import Personal, fill, is_personal, show
from broadcaster.services.zalo_previews import ZaloLook
from broadcaster.store.ward_channels import zalo_gateway_of
from broadcaster.store.zalo_templates import find_template
from broadcaster.web.wording import say
from templates import read_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """The template's name and words; without words its values, by blank."""

    name: str
    text: str
    values: tuple[tuple[str, str], ...]
    has_samples: bool
    """Whether each recipient reads something of their own in it."""


def blank_label(name: str) -> str:
    """Return what people call a blank: Zalo knows it by a word of the template's."""
    known = read_words("channels").get(f"param.{name.lower()}")
    return f"{known} ({name})" if known else name


def card_of_look(look: ZaloLook) -> Card:
    """Return the card of a draft."""
    return _card(look.name, look.text, look.data)


def card_of(
    session: Session, zalo: Mapping[str, Any] | None, *, ward_id: int
) -> Card | None:
    """Return the card of what was kept; None where there is no Zalo rendering."""
    if zalo is None:
        return None
    gateway = zalo_gateway_of(session, ward_id)
    template = find_template(session, gateway or "", zalo["template_id"])
    if template is None:
        return _card(zalo["template_id"], "", zalo["data"])
    return _card(template.name, template.text, zalo["data"])


def _card(name: str, text: str, data: Mapping[str, str]) -> Card:
    samples = {each: say(f"sample.{each}", "channels") for each in Personal}
    filled = fill(data, {str(each): word for each, word in samples.items()})
    return Card(
        name=name,
        text=show(text, filled),
        values=tuple(
            (blank_label(blank), value) for blank, value in filled.items() if value
        ),
        has_samples=is_personal(data),
    )
