"""What an import would add, person by person: the value that a preview shows."""

from dataclasses import dataclass, field

from subscriptions.register_import.known import Known
from subscriptions.register_import.values import (
    ListedHousehold,
    ListedPhone,
    ListedResident,
    Remark,
)
from subscriptions.tables.households import Tag


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonPlan:
    """What the register lacks of one person; `resident_id` is None for a new one.

    `served` are the E.164 of all listed phones they are served through afterwards.
    """

    listed: ListedResident
    resident_id: int | None
    tags: frozenset[Tag]
    phones: tuple[ListedPhone, ...]
    served: frozenset[str] = field(repr=False)

    @property
    def adds(self) -> bool:
        """Tell whether anything is to be added."""
        return self.resident_id is None or bool(self.tags or self.phones)


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseholdPlan:
    """What the register lacks of one household; `household_id` None for a new one."""

    listed: ListedHousehold
    household_id: int | None
    people: tuple[PersonPlan, ...]

    @property
    def adds(self) -> bool:
        """Tell whether anything is to be added."""
        return any(person.adds for person in self.people)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldPhone:
    """A listed phone that another household of the ward holds, and keeps.

    `help` names those households as far as the scope shows them.
    """

    row: int
    column: str
    cell: str
    value: str = field(repr=False)
    code: str
    help: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPlan:
    """What an import would add. It never changes or removes what is written.

    `differences` are where the register says otherwise than the list.
    """

    group_id: int
    households: tuple[HouseholdPlan, ...]
    held: tuple[HeldPhone, ...]
    differences: tuple[Remark, ...]
    known: Known = field(repr=False)

    @property
    def new(self) -> tuple[HouseholdPlan, ...]:
        """Return the households that the register does not have."""
        return tuple(plan for plan in self.households if plan.household_id is None)

    @property
    def changed(self) -> tuple[HouseholdPlan, ...]:
        """Return the known households to which something is added."""
        return tuple(
            plan
            for plan in self.households
            if plan.household_id is not None and plan.adds
        )

    @property
    def unchanged(self) -> int:
        """Count the households of which everything is known."""
        return len(self.households) - len(self.new) - len(self.changed)
