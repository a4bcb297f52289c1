"""Who of the invented people is served through which invented phone."""

from broadcaster.demo.seed.homes import Home, Person, Phone
from broadcaster.demo.seed.world import Dice
from subscriptions.phone_plan import as_dialled_at_home
from subscriptions.phone_tables import MOBILE_MIGRATION
from subscriptions.phones import PhoneNumber, read_phone
from subscriptions.tables.households import Relation, Tag

PREFIXES = tuple(
    prefix
    for prefixes, times in (
        ("032 033 034 035 036 037 038 039 086 096 097 098", 3),
        ("081 082 083 084 085 088 091 094", 2),
        ("070 076 077 078 079 090 093", 2),
        ("056 058 092 059 099 087", 1),
    )
    for prefix in prefixes.split() * times
)
"""About as often as carriers have subscribers: a prefix three, two times or once."""
SPARED = "555"
"""Numbers of the wall have this in the middle, and no others."""
SATELLITE = "2"
"""0992 is no mobile; no number of ours goes on with 2."""
SILENT_HOMES = 33
SHARED_AT_HOME = 13
SHARED_BETWEEN_HOMES = 7
RELATIVES_PHONES = 16
NEVER_ASKED = 34
OLD_NUMBERS = 24
"""How many of a thousand homes."""
MIN_AGE = 15
PENSIONER_FIRST = 0.6
_OLD_PREFIXES = {new: old for old, new in MOBILE_MIGRATION.items()}


def give_phones(dice: Dice, homes: list[Home], *, lines: int) -> None:
    """Serve the people through exactly this many different phones."""
    ordinary = [home for home in homes if home.people[0].wall is None]
    ordinary = [home for home in ordinary if not home.is_late]
    silent = dice.sample(ordinary, _of_thousand(SILENT_HOMES, homes))
    without = {id(home) for home in silent}
    numbers = _Numbers(dice)
    served = [home for home in homes if id(home) not in without]
    for home in served:
        numbers.give(_first_holder(dice, home))
    second = [
        person
        for home in served
        if not home.is_late and home.people[0].wall is None
        for person in home.people
        if not person.phones and person.age >= MIN_AGE
    ]
    dice.shuffle(second)
    second.sort(key=lambda person: Tag.PENSIONER not in person.tags)
    for person in second[: lines - len(served)]:
        numbers.give(person)
    loud = [home for home in ordinary if id(home) not in without]
    _share(dice, homes, loud=loud, silent=silent)
    _make_dirty(dice, homes, loud=loud)


def number_of(written: str) -> PhoneNumber:
    """Read a number of the seed's own. Raises ValueError when it is none."""
    number = read_phone(written).number
    if number is None:
        raise ValueError(written)
    return number


class _Numbers:
    """Numbers that nobody has yet."""

    def __init__(self, dice: Dice) -> None:
        self._dice = dice
        self._taken: set[str] = set()

    def give(self, person: Person) -> None:
        """Serve a person through a number of their own; those on the wall have one."""
        written = person.wall.e164 if person.wall else self._next()
        agrees = person.wall.agrees if person.wall else True
        person.phones.append(Phone(number=number_of(written), agrees=agrees))

    def _next(self) -> str:
        while True:
            digits = f"{self._dice.randrange(10**7):07}"
            written = self._dice.choice(PREFIXES) + digits
            if digits.startswith((SPARED, SATELLITE)) or written in self._taken:
                continue
            self._taken.add(written)
            return written


def _first_holder(dice: Dice, home: Home) -> Person:
    pensioners = [p for p in home.people if Tag.PENSIONER in p.tags]
    if home.people[0].wall is None and pensioners and dice.random() < PENSIONER_FIRST:
        return pensioners[0]
    return home.people[0]


def _share(
    dice: Dice, homes: list[Home], *, loud: list[Home], silent: list[Home]
) -> None:
    """Let couples share a phone, and the phoneless be served through a neighbour's."""
    couples = [home for home in loud if len(home.people) > 1]
    for home in dice.sample(couples, _of_thousand(SHARED_AT_HOME, homes)):
        _serve_through(home, home)
    for home in silent[: _of_thousand(SHARED_BETWEEN_HOMES, homes)]:
        _serve_through(home, dice.choice(loud))
    for home in homes:
        wall = home.people[0].wall
        if wall is not None and wall.shares:
            _serve_through(home, home)


def _serve_through(home: Home, owner: Home) -> None:
    """Serve the last of a home who has no phone through the first phone of another."""
    phones = [phone for person in owner.people for phone in person.phones]
    unserved = [person for person in home.people if not person.phones]
    if phones and unserved:
        shared = Phone(
            number=phones[0].number, relation=Relation.RELATIVE, agrees=phones[0].agrees
        )
        unserved[0].phones.append(shared)


def _make_dirty(dice: Dice, homes: list[Home], *, loud: list[Home]) -> None:
    """Add what real lists have: relatives' phones, old numbers, nobody asked."""
    people = [home.people[0] for home in loud if len(home.people[0].phones) == 1]
    dice.shuffle(people)
    for person in people[: _of_thousand(RELATIVES_PHONES, homes)]:
        person.phones[0].relation = Relation.RELATIVE
        person.note = "Máy của con gái, không ở cùng."
    never = people[_of_thousand(RELATIVES_PHONES, homes) :]
    for person in never[: _of_thousand(NEVER_ASKED, homes)]:
        person.phones[0].agrees = None
    old = [p for p in people if p.note is None and _old_form(p) is not None]
    for person in old[: _of_thousand(OLD_NUMBERS, homes)]:
        person.note = f"Sổ cũ ghi {_old_form(person)}, đã đổi sang đầu số mới."


def _old_form(person: Person) -> str | None:
    national = as_dialled_at_home(person.phones[0].number.e164)
    old = _OLD_PREFIXES.get(national[:3])
    return f"{old} {national[3:6]} {national[6:]}" if old else None


def _of_thousand(share: int, homes: list[Home]) -> int:
    return len(homes) * share // 1000
