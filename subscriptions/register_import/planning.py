"""A reading beside the register: who is new, who is known, what is in the way."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from subscriptions.enrolments import match_key
from subscriptions.names import search_key
from subscriptions.places import Scope, get_group
from subscriptions.register_import.grid import shorten
from subscriptions.register_import.known import (
    Known,
    KnownHousehold,
    KnownResident,
    KnownUse,
    look_up,
)
from subscriptions.register_import.plans import (
    HeldPhone,
    HouseholdPlan,
    ImportPlan,
    PersonPlan,
)
from subscriptions.register_import.values import (
    ListedHousehold,
    ListedPhone,
    ListedResident,
    Reading,
    Remark,
)
from subscriptions.register_import.words import say


def plan_import(
    session: Session, scope: Scope, reading: Reading, *, group_id: int
) -> ImportPlan:
    """Compare a reading with the register of a group, and change nothing.

    A household is known by its head's name and address or, when either was
    corrected, by a phone that only it holds and a name of its own; a person by name
    and year of birth. Raises NotInRegisterError when the group is out of scope.
    """
    group = get_group(session, scope, group_id)
    numbers = (
        phone.number.e164
        for household in reading.entries
        for person in household.residents
        for phone in person.phones
    )
    known = look_up(session, ward_id=scope.ward_id, group_id=group.id, numbers=numbers)
    comparison = _Comparison(
        known=known, scope=scope, listed_keys=frozenset(map(_key, reading.entries))
    )
    households = tuple(comparison.household(entry) for entry in reading.entries)
    return ImportPlan(
        group_id=group.id,
        households=households,
        held=tuple(comparison.held),
        differences=tuple(comparison.differences),
        known=known,
    )


@dataclass(slots=True, kw_only=True)
class _Comparison:
    known: Known
    scope: Scope
    listed_keys: frozenset[str]
    held: list[HeldPhone] = field(default_factory=list)
    differences: list[Remark] = field(default_factory=list)
    matched: set[int] = field(default_factory=set)

    def household(self, listed: ListedHousehold) -> HouseholdPlan:
        """Compare one household."""
        known = self._find(listed)
        if known is not None:
            self.matched.add(known.id)
            self._compare_door(listed, known)
        matches = _match(listed.residents, known.residents if known else [])
        people = tuple(
            self._person(person, match, known)
            for person, match in zip(listed.residents, matches, strict=True)
            if not self._has_left(person, match)
        )
        return HouseholdPlan(
            listed=listed, household_id=known.id if known else None, people=people
        )

    def _find(self, listed: ListedHousehold) -> KnownHousehold | None:
        return self.known.by_key.get(_key(listed)) or self._find_by_phone(listed)

    def _find_by_phone(self, listed: ListedHousehold) -> KnownHousehold | None:
        head = _identity(listed.head.full_name)
        for phone in (p for person in listed.residents for p in person.phones):
            line = self.known.lines.get(phone.number.e164)
            holders = {use.household_id for use in line.holders} if line else set()
            if len(holders) != 1:
                continue
            found = self.known.households.get(holders.pop())
            if (
                found
                and found.id not in self.matched
                and found.key not in self.listed_keys
                and any(_identity(p.name) == head for p in found.residents)
            ):
                return found
        return None

    def _compare_door(self, listed: ListedHousehold, known: KnownHousehold) -> None:
        if search_key(known.address) != search_key(listed.address):
            self._differ(
                listed.row, "address_differs", stored=known.address, new=listed.address
            )
        head, name = known.head, listed.head.full_name
        if head and _identity(head.name) != _identity(name):
            self._differ(listed.row, "head_differs", stored=head.name, new=name)

    def _has_left(self, person: ListedResident, match: KnownResident | None) -> bool:
        if match is None or not match.has_left:
            return False
        self._differ(person.row, "left", new=person.full_name)
        return True

    def _person(
        self,
        person: ListedResident,
        match: KnownResident | None,
        household: KnownHousehold | None,
    ) -> PersonPlan:
        if match and person.birth_year not in (None, match.birth_year):
            self._differ(
                person.row,
                "birth_year_differs",
                stored=match.birth_year or "–",
                new=str(person.birth_year),
            )
        phones = list(self._phones(person, match, household))
        known_tags = self.known.tags.get(match.id, set()) if match else set()
        return PersonPlan(
            listed=person,
            resident_id=match.id if match else None,
            tags=person.tags - known_tags,
            phones=tuple(phone for phone, is_new in phones if is_new),
            served=frozenset(phone.number.e164 for phone, _ in phones),
        )

    def _phones(
        self,
        person: ListedResident,
        match: KnownResident | None,
        household: KnownHousehold | None,
    ) -> Iterator[tuple[ListedPhone, bool]]:
        """Give the phones the person may be served through, and whether it is new."""
        for phone in person.phones:
            line = self.known.lines.get(phone.number.e164)
            uses = line.uses if line else []
            others = [
                use
                for use in uses
                if not use.ended
                and (household is None or use.household_id != household.id)
            ]
            own = next((u for u in uses if match and u.resident_id == match.id), None)
            if others:
                self._hold(phone, others)
            elif own is None or not own.ended:
                yield phone, own is None
            else:
                self._differ(phone.row, "ended", new=phone.value)

    def _hold(self, phone: ListedPhone, others: Sequence[KnownUse]) -> None:
        holders = "; ".join(dict.fromkeys(map(self._shown, others)))
        self.held.append(
            HeldPhone(
                row=phone.row,
                column=phone.column,
                cell=phone.cell,
                value=phone.value,
                code="held_elsewhere",
                help=say("held_elsewhere", holders=holders),
            )
        )

    def _shown(self, use: KnownUse) -> str:
        if not self.scope.covers(use.group_id):
            return say("held_hidden", group=use.group_name)
        return say("held_shown", address=use.address, group=use.group_name)

    def _differ(self, row: int, code: str, *, new: str, stored: object = "") -> None:
        sentence = say(code, stored=stored, listed=new)
        self.differences.append(
            Remark(row=row, value=shorten(new), code=code, help=sentence)
        )


def _match(
    listed: Sequence[ListedResident], known: Iterable[KnownResident]
) -> list[KnownResident | None]:
    """Find each listed person among the known, those of the same year first.

    So a father and a son of one name stay two, and a corrected year stays one.
    """
    free = list(known)
    found: dict[int, KnownResident] = {}
    for same_year in (True, False):
        for place, person in enumerate(listed):
            if place in found:
                continue
            match = next((k for k in free if _same(person, k, exact=same_year)), None)
            if match is not None:
                found[place] = match
                free.remove(match)
    return [found.get(place) for place in range(len(listed))]


def _same(person: ListedResident, known: KnownResident, *, exact: bool) -> bool:
    if _identity(person.full_name) != _identity(known.name):
        return False
    return not exact or person.birth_year == known.birth_year


def _key(listed: ListedHousehold) -> str:
    return match_key(listed.head.full_name, listed.address)


def _identity(name: str) -> str:
    return name.casefold()
