"""Invented homes and the people in them, before any of it is stored."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from broadcaster.demo.seed.words import WallPerson, syllables
from broadcaster.demo.seed.world import Dice
from subscriptions.phones import PhoneNumber
from subscriptions.tables.households import Relation, Tag

HOMES_OF_GROUP = (148, 131, 163, 175, 142, 158, 187, 151, 139, 166, 110, 212)
"""1,882 in all; the last group is the demo leader's."""
FIRST_GROUP_OF_FLATS = 9
DOORS_ON_A_FLOOR = 8
HOUSES_IN_AN_ALLEY = 30
OLD = 60
PENSIONERS_PERCENT = 15
RELIEF = (Tag.POOR, Tag.NEAR_POOR, Tag.MERITORIOUS, Tag.SOCIAL_PROTECTION)
RELIEF_PERCENT = 4
ELDERLY_AGE = 75
SCHOOL_AGE = 6
PENSION_AGE = 56
MALE_HEADS, MARRIED, WITH_MOTHER, HALF = 0.7, 0.72, 0.12, 0.45
MOTHER = "Mẹ"


@dataclass(slots=True, kw_only=True)
class Phone:
    """A phone of someone. `agrees` is None for who was never asked."""

    number: PhoneNumber
    relation: Relation = Relation.OWN
    agrees: bool | None = True


@dataclass(slots=True, kw_only=True)
class Person:
    """Someone of a home; `age` is in whole years."""

    name: str
    age: int
    relation: str | None = None
    tags: set[Tag] = field(default_factory=set)
    note: str | None = None
    phones: list[Phone] = field(default_factory=list)
    wall: WallPerson | None = None


@dataclass(slots=True, kw_only=True)
class Home:
    """One door: its head is the first of its people."""

    group: int
    address: str
    street: str | None
    block: str | None
    people: list[Person]
    is_late: bool = False
    """Enrolled only after the register was taken over."""


def plan_homes(
    dice: Dice,
    sizes: tuple[int, ...],
    *,
    wall: tuple[WallPerson, ...] = (),
    late_groups: range = range(0),
) -> list[Home]:
    """Make as many homes as each group has; the wall's people head the first.

    The last home of each of the `late_groups` is late.
    """
    homes: list[Home] = []
    for group, size in enumerate(sizes, start=1):
        cast = [person for person in wall if person.group == group]
        for place in range(size):
            person = cast[place] if place < len(cast) else None
            homes.append(_home(dice, group, place, person=person))
        homes[-1].is_late = group in late_groups
    _give_tags(dice, homes)
    return homes


def everyone(homes: list[Home]) -> Iterator[Person]:
    """Give all people, home by home."""
    for home in homes:
        yield from home.people


def _home(dice: Dice, group: int, place: int, *, person: WallPerson | None) -> Home:
    street, block = None, None
    if group < FIRST_GROUP_OF_FLATS:
        alley, house = divmod(place, HOUSES_IN_AN_ALLEY)
        street = syllables()["streets"][group - 1]
        address = f"Số {2 * house + 1} ngõ {6 * (alley + 1)} {street}"
    else:
        floor, door = divmod(place, DOORS_ON_A_FLOOR)
        block = syllables()["blocks"][group - FIRST_GROUP_OF_FLATS]
        address = f"{block} · {floor + 2:02}{door + 1:02}"
    people = _family(dice) if person is None else _family_of(dice, person)
    return Home(group=group, address=address, street=street, block=block, people=people)


def _family(dice: Dice) -> list[Person]:
    is_man = dice.random() < MALE_HEADS
    head = Person(name=_name(dice, is_man=is_man), age=int(dice.triangular(27, 88, 52)))
    people = [head]
    if dice.random() < MARRIED:
        people.append(_partner(dice, head, is_man=not is_man))
    if head.age < OLD:
        for _ in range(dice.choice((0, 1, 1, 2, 2))):
            age = dice.randint(0, max(1, head.age - 24))
            people.append(_kin(dice, head, age, "Con"))
        if dice.random() < WITH_MOTHER:
            people.append(_kin(dice, head, head.age + dice.randint(22, 30), MOTHER))
    elif dice.random() < HALF:
        people.append(_kin(dice, head, head.age - dice.randint(24, 34), "Con"))
        if dice.random() < HALF:
            people.append(_kin(dice, head, dice.randint(0, 14), "Cháu"))
    return people


def _family_of(dice: Dice, person: WallPerson) -> list[Person]:
    head = Person(
        name=person.full_name, age=person.age, tags=set(person.tags), wall=person
    )
    if person.age <= OLD:
        return [head]
    is_woman = "Thị" in person.full_name or person.label.startswith("Bà")
    partner = _partner(dice, head, is_man=is_woman)
    if person.shares:
        partner.tags.update(person.tags)
    return [head, partner]


def _partner(dice: Dice, head: Person, *, is_man: bool) -> Person:
    return Person(
        name=_name(dice, is_man=is_man),
        age=max(22, head.age + dice.randint(-6, 4)),
        relation="Chồng" if is_man else "Vợ",
    )


def _give_tags(dice: Dice, homes: list[Home]) -> None:
    people = list(everyone(homes))
    for person in people:
        if person.age >= ELDERLY_AGE:
            person.tags.add(Tag.ELDERLY)
        if person.age < SCHOOL_AGE:
            person.tags.add(Tag.CHILD_UNDER_6)
    known = sum(Tag.PENSIONER in person.tags for person in people)
    others = [p for p in people if p.age >= PENSION_AGE and p.wall is None]
    pensioners = len(people) * PENSIONERS_PERCENT // 100 - known
    for person in dice.sample(others, pensioners):
        person.tags.add(Tag.PENSIONER)
    heads = [home.people[0] for home in homes if home.people[0].wall is None]
    for number, head in enumerate(
        dice.sample(heads, len(homes) * RELIEF_PERCENT // 100)
    ):
        head.tags.add(RELIEF[number % len(RELIEF)])


def _kin(dice: Dice, head: Person, age: int, relation: str) -> Person:
    name = _name(dice, is_man=relation != MOTHER and dice.random() < HALF)
    if relation != MOTHER:
        name = f"{head.name.split()[0]} {name.split(maxsplit=1)[1]}"
    return Person(name=name, age=age, relation=relation)


def _name(dice: Dice, *, is_man: bool) -> str:
    words = syllables()
    who = "men" if is_man else "women"
    return " ".join(
        dice.choice(words[table]) for table in ("surnames", f"{who}_middle", who)
    )
