"""The ward's account for transfers: typed, looked at again, then used."""

from collections.abc import Mapping

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from broadcaster.rules.permissions import Act
from broadcaster.services.bank_transfers import account_payload, set_bank_account
from broadcaster.web.guards import needs, the_actor, the_house
from broadcaster.web.ledger.blueprint import blueprint
from broadcaster.web.wording import say
from subscriptions.bank_accounts import (
    BankAccount,
    doubts_about,
    find_account,
    read_account,
)
from subscriptions.banks import BANKS
from subscriptions.errors import LedgerInputError
from subscriptions.places import get_ward


@blueprint.get("/account")
@needs(Act.SEE_LEDGER)
def account() -> str:
    """Show the account in use, and the form to who keeps the ledger."""
    return _page()


@blueprint.post("/account/look")
@needs(Act.KEEP_LEDGER)
def look_at_account() -> str | tuple[str, int]:
    """Show what was typed once more, with a QR to try, before it is used."""
    try:
        return _second_look(_typed_account())
    except LedgerInputError as error:
        return _page(typed=request.form, error=error), 422


@blueprint.post("/account")
@needs(Act.KEEP_LEDGER)
def set_account() -> Response | tuple[str, int]:
    """Use the account from now on; what is doubtful has to be vouched for."""
    house = the_house()
    try:
        typed = _typed_account()
    except LedgerInputError as error:
        return _page(typed=request.form, error=error), 422
    try:
        set_bank_account(
            house.database,
            typed,
            vouched=request.form.get("vouched") == "yes",
            actor=the_actor(),
            now=house.clock.now(),
        )
    except LedgerInputError as error:
        return _second_look(typed, error=error), 422
    flash(say("account_set", "ledger"))
    return redirect(url_for("ledger.account"), 303)


def _typed_account() -> BankAccount:
    return read_account(
        request.form.get("bank_bin", ""),
        number=request.form.get("account_number", ""),
        name=request.form.get("account_name", ""),
    )


def _page(
    *, typed: Mapping[str, str] | None = None, error: LedgerInputError | None = None
) -> str:
    with the_house().database.reading() as session:
        return render_template(
            "ledger/account.html",
            account=find_account(session, the_actor().ward_id),
            banks=list(BANKS.values()),
            typed=typed or {},
            errors=_sentence_of(error),
        )


def _second_look(account: BankAccount, *, error: LedgerInputError | None = None) -> str:
    with the_house().database.reading() as session:
        ward = get_ward(session, the_actor().ward_id)
    return render_template(
        "ledger/account_look.html",
        account=account,
        payload=account_payload(account),
        doubts=doubts_about(account, ward.name),
        errors=_sentence_of(error),
    )


def _sentence_of(error: LedgerInputError | None) -> dict[str, str]:
    if error is None:
        return {}
    return {error.field: say(f"{error.field}.{error.reason}", "ledger")}
