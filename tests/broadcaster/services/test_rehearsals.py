"""An officer tries a notice on their own phone, by both channels."""

import datetime as dt
from dataclasses import replace

import pytest

from broadcaster.errors import InputError
from broadcaster.ports import Channel
from broadcaster.rules.renderings import Fault, TemplateRendering
from broadcaster.services.drafts import Draft
from broadcaster.services.rehearsals import send_test
from broadcaster.services.zalo_renderings import BlanksError
from broadcaster.store.session import Database
from broadcaster.store.tables.messages import Message, MessageKind
from broadcaster.store.tables.staff import Account
from tests.builders.announcements import (
    GATEWAY,
    STRIPPED,
    StaffedWard,
    a_draft,
    a_staffed_ward,
    the_group,
)
from tests.builders.people import NOW
from tests.builders.zalo import ACCOUNT, MEETING, VALUES, uses_zalo

EVENING = dt.datetime(2026, 10, 5, 15, 30, tzinfo=dt.UTC)
"""Half past ten at night in the ward."""
RENDERING = TemplateRendering(template_id=MEETING, data=VALUES)


@pytest.fixture
def staffed(database: Database) -> StaffedWard:
    return a_staffed_ward(database)


def _test(database: Database, staffed: StaffedWard, draft: Draft) -> list[Message]:
    return send_test(
        database, draft, actor=staffed.officer, gateway=GATEWAY, now=EVENING
    )


def test_a_test_goes_to_the_officers_own_phone_at_any_hour(
    database: Database, staffed: StaffedWard
) -> None:
    (message,) = _test(database, staffed, a_draft(the_group(staffed.group)))
    assert message.kind is MessageKind.TEST
    assert (message.to, message.text) == ("+84912345678", STRIPPED)
    assert message.due_at == EVENING


def test_a_test_without_an_own_phone_says_so(
    database: Database, staffed: StaffedWard
) -> None:
    phoneless = replace(staffed.officer, account_id=staffed.approver.account_id)
    with pytest.raises(InputError) as caught:
        send_test(
            database,
            a_draft(the_group(staffed.group)),
            actor=phoneless,
            gateway=GATEWAY,
            now=NOW,
        )
    assert (caught.value.field, caught.value.reason) == ("phone", "missing")


def test_the_officer_gets_both_renderings_in_their_own_name(
    database: Database, staffed: StaffedWard
) -> None:
    with database.writing() as session:
        uses_zalo(session, staffed.ward.id)
    draft = replace(a_draft(the_group(staffed.group)), zalo=RENDERING)
    sms, zalo = _test(database, staffed, draft)
    assert (sms.channel, sms.gateway) == (Channel.SMS, GATEWAY)
    assert (zalo.channel, zalo.gateway) == (Channel.ZALO, ACCOUNT)
    assert (zalo.to, zalo.kind) == (sms.to, MessageKind.TEST)
    assert zalo.tariff_kind == MEETING
    assert zalo.template == {
        "template_id": MEETING,
        "data": {**VALUES, "ten": "officer thử"},
    }


def test_an_officer_whose_name_is_too_long_reads_which_blank(
    database: Database, staffed: StaffedWard
) -> None:
    with database.writing() as session:
        uses_zalo(session, staffed.ward.id)
        account = session.get_one(Account, staffed.officer.account_id)
        account.display_name = "Nguyễn " * 6
    draft = replace(a_draft(the_group(staffed.group)), zalo=RENDERING)
    with pytest.raises(BlanksError) as caught:
        _test(database, staffed, draft)
    assert caught.value.faults == {"ten": Fault.TOO_LONG}
