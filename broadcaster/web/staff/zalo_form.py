"""The part of the officer's form that fills a Zalo template in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from broadcaster.ports import TemplateParam
from broadcaster.rules.renderings import (
    Personal,
    clean,
    usual_value,
)
from broadcaster.services.zalo_previews import ZaloLook
from broadcaster.services.zalo_renderings import BlanksError
from broadcaster.store.tables.zalo import ZaloTemplate
from broadcaster.store.ward_channels import zalo_gateway_of
from broadcaster.store.zalo_templates import (
    find_template,
    last_template,
    last_used,
    list_templates,
    may_be_sent,
    params_of,
)
from broadcaster.web.staff.compose_form import ComposeForm, topic_or_general
from broadcaster.web.wording import say
from broadcaster.web.zalo_card import blank_label

_ALONE = re.compile("{(" + "|".join(Personal) + ")}")


@dataclass(frozen=True, slots=True, kw_only=True)
class BlankField:
    """One blank as it stands in the form."""

    name: str
    label: str
    typed: str
    """What is typed for everybody; empty where each has their own."""
    personal: str
    """Which of each person's own words stands there alone; empty: what is typed."""
    used: int
    """Characters after NFC; what is each person's own is counted when it is sent."""
    most: int
    is_open: bool
    """Whether part of it is each person's own."""
    required: bool
    fault: str | None
    """What is wrong with it, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ZaloForm:
    """What an officer may choose, and the blanks of what is chosen."""

    templates: tuple[tuple[str, str], ...]
    chosen: ZaloTemplate | None
    fields: tuple[BlankField, ...]
    usual: ZaloTemplate | None
    """The template that this topic had last, while none is chosen."""


def settle(session: Session, form: ComposeForm, *, ward_id: int) -> ComposeForm:
    """Give the form the blanks of the template that is chosen in it now.

    Where the template was changed, what was typed stays under the same names; the
    others hold what they held last time, or each person's own.
    """
    gateway = zalo_gateway_of(session, ward_id)
    if gateway is None or not form.zalo_template:
        return replace(form, zalo_template="", zalo_shown="", blanks=())
    template = find_template(session, gateway, form.zalo_template)
    if template is None:
        return replace(form, zalo_shown=form.zalo_template, blanks=())
    typed = dict(form.blanks)
    before: Mapping[str, str] = {}
    if form.zalo_shown != form.zalo_template:
        before = _proposed(session, template, ward_id=ward_id)
    return replace(
        form,
        zalo_shown=form.zalo_template,
        blanks=tuple(
            (param.name, typed.get(param.name) or before.get(param.name, ""))
            for param in params_of(template)
        ),
    )


def zalo_form(
    session: Session, form: ComposeForm, look: ZaloLook | None, *, ward_id: int
) -> ZaloForm | None:
    """Return what to show of a settled form; None where the ward has no account."""
    gateway = zalo_gateway_of(session, ward_id)
    if gateway is None:
        return None
    chosen = find_template(session, gateway, form.zalo_template)
    offered = [
        row
        for row in list_templates(session, gateway)
        if may_be_sent(row) or row is chosen
    ]
    usual = None
    if chosen is None:
        last = last_template(session, ward_id, topic=topic_or_general(form))
        usual = next((row for row in offered if row.template_id == last), None)
    return ZaloForm(
        templates=tuple((row.template_id, _label(row)) for row in offered),
        chosen=chosen,
        fields=_fields(form, params_of(chosen), look) if chosen else (),
        usual=usual,
    )


def blank_sentences(error: BlanksError) -> dict[str, str]:
    """Return what is wrong with each blank, by the id of its field."""
    return {
        f"blank.{name}": say(f"blank.{fault}", "compose", name=blank_label(name))
        for name, fault in error.faults.items()
    }


def _proposed(
    session: Session, template: ZaloTemplate, *, ward_id: int
) -> dict[str, str]:
    usual = {param.name: usual_value(param.name) for param in params_of(template)}
    last = last_used(session, ward_id, template_id=template.template_id)
    return usual | (last or {})


def _label(template: ZaloTemplate) -> str:
    if may_be_sent(template):
        return template.name
    return say("template.not_approved", "compose", name=template.name)


def _fields(
    form: ComposeForm, params: tuple[TemplateParam, ...], look: ZaloLook | None
) -> tuple[BlankField, ...]:
    values = dict(form.blanks)
    faults = look.faults if look else {}
    found = []
    for param in params:
        value = clean(values.get(param.name, ""))
        alone = _ALONE.fullmatch(value)
        static = _ALONE.sub("", value)
        fault = faults.get(param.name)
        found.append(
            BlankField(
                name=param.name,
                label=blank_label(param.name),
                typed="" if alone else values.get(param.name, ""),
                personal=alone[1] if alone else "",
                used=len(static),
                most=param.max_length,
                is_open=static != value,
                required=param.required,
                fault=say(f"blank.{fault}", "compose", name=blank_label(param.name))
                if fault and value
                else None,
            )
        )
    return tuple(found)
