"""Wards and groups, and the scope that no query goes beyond."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from subscriptions.errors import NotInRegisterError
from subscriptions.tables.households import Household
from subscriptions.tables.places import ResidentialGroup, Ward


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What someone may see: one ward and, for a leader, only some of its groups.

    `group_ids` is None for those who see the whole ward.
    """

    ward_id: int
    group_ids: frozenset[int] | None = None

    def covers(self, group_id: int) -> bool:
        """Tell whether a group of the ward is inside."""
        return self.group_ids is None or group_id in self.group_ids

    def households(self) -> ColumnElement[bool]:
        """Return the condition that holds a query on households to this scope."""
        ward = Household.ward_id == self.ward_id
        if self.group_ids is None:
            return ward
        return and_(ward, Household.group_id.in_(sorted(self.group_ids)))


def get_ward(session: Session, ward_id: int) -> Ward:
    """Return a ward. Raises NotInRegisterError when there is none."""
    ward = session.get(Ward, ward_id)
    if ward is None:
        raise NotInRegisterError("ward")
    return ward


def list_groups(session: Session, scope: Scope) -> list[ResidentialGroup]:
    """Return the groups in scope by number; those merged into another are history."""
    groups = (
        select(ResidentialGroup)
        .where(
            ResidentialGroup.ward_id == scope.ward_id,
            ResidentialGroup.merged_into_id.is_(None),
        )
        .order_by(ResidentialGroup.number, ResidentialGroup.id)
    )
    if scope.group_ids is not None:
        groups = groups.where(ResidentialGroup.id.in_(sorted(scope.group_ids)))
    return list(session.scalars(groups))


def get_group(session: Session, scope: Scope, group_id: int) -> ResidentialGroup:
    """Return a group. Raises NotInRegisterError when it is not in the scope."""
    group = session.get(ResidentialGroup, group_id)
    if group is None or group.ward_id != scope.ward_id or not scope.covers(group_id):
        raise NotInRegisterError("group")
    return group
