"""The operator brings wards, their groups and accounts on board."""

from collections.abc import Callable
from typing import TypeVar

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from broadcaster.errors import InputError
from broadcaster.rules.permissions import Act, Role
from broadcaster.services import wards
from broadcaster.services.accounts import NewAccount, hash_password
from broadcaster.store.budgets import list_limits
from broadcaster.web.guards import needs, the_actor, the_house
from broadcaster.web.operator.site import blueprint
from broadcaster.web.wording import say
from subscriptions.places import Scope, list_groups
from subscriptions.tables.places import WardKind

Word = TypeVar("Word", Role, WardKind)
MAX_DIGITS = 9


@blueprint.get("/wards")
@needs(Act.OPERATE)
def list_wards() -> str:
    """Show the wards and the form for one more."""
    return _wards_page({}, {})


@blueprint.post("/wards")
@needs(Act.OPERATE)
def add_ward() -> Response | tuple[str, int]:
    """Add a ward with its groups."""

    def add() -> None:
        wards.add_ward(
            the_house().database,
            wards.NewWard(
                name=request.form.get("name", ""),
                kind=_word(WardKind, "kind"),
                province=request.form.get("province", ""),
                sender_brand=request.form.get("sender_brand", ""),
                groups=_number("groups"),
                inbound_number=request.form.get("inbound_number", ""),
            ),
            actor=the_actor(),
            now=the_house().clock.now(),
        )

    return _take(add, "ward_added", page=_wards_page, back="operator.list_wards")


@blueprint.get("/accounts")
@needs(Act.OPERATE)
def list_accounts() -> str:
    """Show the accounts and the form for one more."""
    return _accounts_page({}, {})


@blueprint.post("/accounts")
@needs(Act.OPERATE)
def add_account() -> Response | tuple[str, int]:
    """Add an account; a leader's groups are given by their numbers."""

    def add() -> None:
        role = _word(Role, "role")
        ward_id = None if role is Role.OPERATOR else _number("ward_id")
        wards.add_account(
            the_house().database,
            NewAccount(
                ward_id=ward_id,
                username=request.form.get("username", ""),
                display_name=request.form.get("display_name", "").strip(),
                password_hash=hash_password(request.form.get("password", "")),
                role=role,
                group_ids=_group_ids(ward_id) if role is Role.LEADER else frozenset(),
            ),
            actor=the_actor(),
            now=the_house().clock.now(),
        )

    return _take(
        add, "account_added", page=_accounts_page, back="operator.list_accounts"
    )


@blueprint.post("/accounts/<int:account_id>/switch")
@needs(Act.OPERATE)
def switch_account(account_id: int) -> Response | tuple[str, int]:
    """Keep an account out, or let it in again."""

    def switch() -> None:
        wards.switch_account(
            the_house().database,
            account_id,
            actor=the_actor(),
            now=the_house().clock.now(),
        )

    return _take(
        switch, "account_switched", page=_accounts_page, back="operator.list_accounts"
    )


@blueprint.post("/accounts/<int:account_id>/password")
@needs(Act.OPERATE)
def reset_password(account_id: int) -> Response | tuple[str, int]:
    """Give an account a new password; every session of it ends."""

    def reset() -> None:
        wards.reset_password(
            the_house().database,
            account_id,
            password=request.form.get("password", ""),
            actor=the_actor(),
            now=the_house().clock.now(),
        )

    return _take(
        reset, "password_reset", page=_accounts_page, back="operator.list_accounts"
    )


def _take(
    act: Callable[[], None],
    sentence: str,
    *,
    page: Callable[[dict[str, str], dict[str, str]], str],
    back: str,
) -> Response | tuple[str, int]:
    try:
        act()
    except InputError as error:
        typed = {k: v for k, v in request.form.items() if k != "password"}
        errors = {error.field: say(f"{error.field}.{error.reason}", "operator")}
        return page(typed, errors), 422
    flash(say(sentence, "operator"))
    return redirect(url_for(back), 303)


def _wards_page(typed: dict[str, str], errors: dict[str, str]) -> str:
    with the_house().database.reading() as session:
        return render_template(
            "operator/wards.html",
            wards=wards.list_wards(session),
            limits=list_limits(session),
            kinds=list(WardKind),
            typed=typed,
            errors=errors,
        )


def _accounts_page(typed: dict[str, str], errors: dict[str, str]) -> str:
    with the_house().database.reading() as session:
        known = wards.list_wards(session)
        return render_template(
            "operator/accounts.html",
            accounts=wards.list_accounts(session),
            wards={ward.id: ward for ward in known},
            roles=list(Role),
            typed=typed,
            errors=errors,
        )


def _number(field: str) -> int:
    digits = request.form.get(field, "").replace(".", "").strip()
    if not digits.isdecimal() or len(digits) > MAX_DIGITS:
        raise InputError(field, "not_a_number")
    return int(digits)


def _word(words: type[Word], field: str) -> Word:
    try:
        return words(request.form.get(field, ""))
    except ValueError as error:
        raise InputError(field, "choose") from error


def _group_ids(ward_id: int | None) -> frozenset[int]:
    typed = request.form.get("groups", "").replace(",", " ").split()
    if ward_id is None or not typed or not all(word.isdecimal() for word in typed):
        raise InputError("groups", "not_a_number")
    numbers = {int(word) for word in typed}
    with the_house().database.reading() as session:
        groups = list_groups(session, Scope(ward_id=ward_id))
    found = {g.id for g in groups if g.number in numbers}
    if len(found) != len(numbers):
        raise InputError("groups", "unknown")
    return frozenset(found)
