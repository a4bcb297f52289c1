"""A class of price as the accountant reads it: by which channel, in which template."""

from collections.abc import Mapping
from typing import TypeAlias

from broadcaster.rules.tariffs import BY_USER_ID, template_of
from broadcaster.store.usage import UsageRow
from templates import read_words

TemplateNames: TypeAlias = Mapping[tuple[str, str], str]
"""The names of Zalo templates, by gateway and the template's id."""


def kind_in_words(row: UsageRow, names: TemplateNames) -> str:
    """Return what the texts of a row were: their channel first."""
    words = read_words("statement")
    template_id = template_of(row.kind)
    if template_id is None:
        return words[f"kind.{row.kind}"]
    name = names.get((row.gateway, template_id))
    key = "kind.template" if name else "kind.template_without_name"
    said = words[key].format(id=template_id, name=name)
    is_by_user_id = row.kind.endswith(BY_USER_ID)
    return words["kind.by_user_id"].format(kind=said) if is_by_user_id else said
