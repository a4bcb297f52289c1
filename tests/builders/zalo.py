"""A ward that uses Zalo: its account, the account's templates, and who has none."""

import datetime as dt
from collections.abc import Sequence

from sqlalchemy.orm import Session

from broadcaster.errors import GatewayAwayError
from broadcaster.gateways.memory import CAPABILITIES, MemoryGateway
from broadcaster.ports import (
    Capabilities,
    Channel,
    ReceiptKind,
    Template,
    TemplateParam,
    TemplateState,
)
from broadcaster.store.tables.zalo import (
    OverQuota,
    WardChannels,
    ZaloContact,
    ZaloLine,
)
from broadcaster.store.zalo_templates import keep_templates
from tests.builders.people import NOW

ACCOUNT = "zalo"
MEETING = "214"
"""The template's id: a meeting of the residential group."""
VALUES = {
    "ten": "{ten}",
    "noi_dung": "họp tổ dân phố",
    "thoi_gian": "19:30 06/10/2026",
}


class TemplateGateway(MemoryGateway):
    """A Zalo account that lists the templates it was told of, or is away."""

    def __init__(self, *listed: Template, name: str = ACCOUNT) -> None:
        super().__init__(
            name=name,
            capabilities=Capabilities(
                receipt_kind=ReceiptKind.HANDSET,
                channel=Channel.ZALO,
                inbound=CAPABILITIES.inbound,
            ),
        )
        self.listed: Sequence[Template] = listed
        self.is_away = False

    def templates(self) -> list[Template]:
        """List what it has. Raises GatewayAwayError when it is away."""
        if self.is_away:
            raise GatewayAwayError(self.name)
        return list(self.listed)


def a_template(
    template_id: str = MEETING,
    *,
    name: str = "Mời họp tổ dân phố",
    state: TemplateState = TemplateState.APPROVED,
    price_vnd: int | None = 200,
    price_by_user_id_vnd: int | None = 140,
) -> Template:
    """Return a template of three blanks, as Zalo tells it."""
    return Template(
        template_id=template_id,
        name=name,
        state=state,
        params=(
            TemplateParam(name="ten", max_length=30),
            TemplateParam(name="noi_dung", max_length=80),
            TemplateParam(name="thoi_gian", max_length=20, required=False),
        ),
        price_vnd=price_vnd,
        price_by_user_id_vnd=price_by_user_id_vnd,
        quality="HIGH",
        text="Kính gửi {{ten}}, phường mời {{noi_dung}} lúc {{thoi_gian}}.",
    )


def uses_zalo(
    session: Session,
    ward_id: int,
    *templates: Template,
    over_quota: OverQuota = OverQuota.FALL_BACK,
    now: dt.datetime = NOW,
) -> None:
    """Let a ward send by the account, which has these templates or the usual one."""
    session.add(
        WardChannels(
            ward_id=ward_id,
            zalo_gateway=ACCOUNT,
            over_quota=over_quota,
            fall_back_minutes={},
        )
    )
    keep_templates(session, ACCOUNT, templates or (a_template(),), now=now)


def lacks(session: Session, line_id: int, *, since: dt.datetime = NOW) -> None:
    """Note that Zalo cannot reach a line."""
    session.add(ZaloLine(line_id=line_id, code="-118", learned_at=since))


def follows(session: Session, line_id: int, *, ward_id: int) -> None:
    """Link a line to somebody who follows the ward's account."""
    session.add(
        ZaloContact(
            gateway=ACCOUNT,
            user_id=f"u{line_id}",
            ward_id=ward_id,
            line_id=line_id,
            is_following=True,
            changed_at=NOW,
            linked_at=NOW,
        )
    )
