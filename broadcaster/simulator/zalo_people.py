"""Who of the town uses Zalo, follows the account, and was last heard when."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from hashlib import blake2b

from broadcaster.simulator.handsets import HandsetState, Town
from broadcaster.simulator.zalo_book import ZaloBook

IDS = 10**18


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One phone's account. `has_zalo` None: as the town and the share say."""

    e164: str
    user_id: str
    has_zalo: bool | None = None
    is_following: bool = False
    refuses: bool = False
    talked_at: float = 0.0
    """When it last wrote or followed, Unix seconds: free answers count from there."""


class People:
    """Everybody's accounts, by phone and by user id."""

    def __init__(
        self, book: ZaloBook, *, town: Town, draws_zalo: Callable[[str], bool]
    ) -> None:
        self._book = book
        self._town = town
        self._draws_zalo = draws_zalo
        self._kept: dict[str, Person] = {}
        self._phones: dict[str, str] = {}

    def resume(self) -> None:
        """Go on from the book."""
        for row in self._book.people():
            self._remember(Person(**row))

    def reset(self) -> None:
        """Forget everybody."""
        self._kept.clear()
        self._phones.clear()

    def get(self, e164: str) -> Person:
        """Return a phone's account; whether it has one is `uses_zalo`."""
        return self._kept.get(e164) or Person(e164=e164, user_id=_id_of(e164))

    def find(self, user_id: str) -> Person | None:
        """Find who has once followed, written or changed something, by user id."""
        e164 = self._phones.get(user_id)
        return self._kept[e164] if e164 else None

    def uses_zalo(self, e164: str) -> bool:
        """Tell whether a phone can be reached by Zalo at all."""
        handset = self._town.get(e164)
        if handset.state in {HandsetState.DEAD, HandsetState.LANDLINE}:
            return False
        wished = self.get(e164).has_zalo
        if wished is not None:
            return wished
        return self._draws_zalo(e164) if handset.has_zalo is None else handset.has_zalo

    def change(self, e164: str, **changes: object) -> Person:
        """Change what is known of somebody and keep it."""
        facts = asdict(self.get(e164)) | changes
        person = replace(self.get(e164), **facts)
        self._remember(person)
        self._book.keep_person(asdict(person))
        return person

    def _remember(self, person: Person) -> None:
        self._kept[person.e164] = person
        self._phones[person.user_id] = person.e164


def _id_of(e164: str) -> str:
    digest = blake2b(e164.encode(), digest_size=8).digest()
    return str(IDS + int.from_bytes(digest) % (8 * IDS))
