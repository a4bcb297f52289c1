"""A notice's Zalo rendering, checked before it is kept: Zalo would refuse it later."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from broadcaster.errors import InputError
from broadcaster.rules.renderings import Fault, find_faults
from broadcaster.store.tables.zalo import ZaloTemplate
from broadcaster.store.ward_channels import zalo_gateway_of
from broadcaster.store.zalo_templates import find_template, may_be_sent, params_of


class BlanksError(InputError):
    """Some blanks cannot be sent as they were filled: `faults` has each of them."""

    def __init__(self, faults: Mapping[str, Fault]) -> None:
        super().__init__("zalo", "blanks")
        self.faults = dict(faults)


def check_rendering(
    session: Session, zalo: Mapping[str, Any] | None, *, ward_id: int
) -> None:
    """Raise InputError for a rendering that this ward's account cannot send now.

    On `zalo_template`: no_account, not_approved; BlanksError for its blanks. Without a
    rendering there is nothing to check: everybody gets the SMS.
    """
    get_sendable(session, zalo, ward_id=ward_id)


def get_sendable(
    session: Session, zalo: Mapping[str, Any] | None, *, ward_id: int
) -> ZaloTemplate | None:
    """Return a rendering's template, None without one. Raises as the check does."""
    if zalo is None:
        return None
    gateway = zalo_gateway_of(session, ward_id)
    if gateway is None:
        raise InputError("zalo_template", "no_account")
    template = find_template(session, gateway, zalo["template_id"])
    if template is None or not may_be_sent(template):
        raise InputError("zalo_template", "not_approved")
    faults = find_faults(zalo["data"], params_of(template))
    if faults:
        raise BlanksError(faults)
    return template
