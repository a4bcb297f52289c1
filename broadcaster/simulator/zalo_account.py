"""One official account at the simulated Zalo: its people, quota, keys and letters."""

import time
from collections import Counter
from datetime import datetime
from hashlib import blake2b
from zoneinfo import ZoneInfo

from broadcaster.simulator.book import Book
from broadcaster.simulator.network import Network
from broadcaster.simulator.postman import Postman
from broadcaster.simulator.records import Inbound, InboundState, Wire
from broadcaster.simulator.zalo_book import ZaloBook
from broadcaster.simulator.zalo_keys import SETTING as KEYS
from broadcaster.simulator.zalo_keys import ZaloKeys
from broadcaster.simulator.zalo_people import People, Person
from broadcaster.simulator.zalo_post import ZaloIdentity, ZaloPost
from broadcaster.simulator.zalo_settings import ZaloSettings
from broadcaster.simulator.zalo_templates import Templates, TemplateStatus

SETTING = "zalo"
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


class ZaloAccount:
    """What Zalo knows of one account, and what its people do."""

    def __init__(
        self, identity: ZaloIdentity, network: Network, book: Book, *, postman: Postman
    ) -> None:
        zalo_book = ZaloBook(book)
        self.identity = identity
        self.settings = ZaloSettings()
        self.keys = ZaloKeys(book, first_refresh=identity.first_refresh)
        self.people = People(zalo_book, town=network.town, draws_zalo=self._draws_zalo)
        self.post = ZaloPost(identity, postman, zalo_book)
        self.post.told = self._note_fate
        self.templates = Templates()
        self._network = network
        self._book = book
        self._zalo_book = zalo_book
        self._used: Counter[tuple[str, str]] = Counter()
        self._written: dict[str, Inbound] = {}
        network.when_reset.append(self.reset)

    def resume(self) -> None:
        """Go on from the book."""
        kept = self._book.settings()
        self._let(ZaloSettings().changed(_facts(kept.get(SETTING))))
        self.keys.resume(_facts(kept.get(KEYS)))
        self.people.resume()
        for template_id, moment in self._zalo_book.taken():
            if template_id:
                self.use(template_id, moment)
        written = self._book.unsent_inbound(Wire.ZALO)
        self._written = {inbound.sid: inbound for inbound in written}
        self.post.resume()

    def reset(self) -> None:
        """Forget messages, people and what was used; keep settings and keys."""
        self.post.forget_all()
        self.people.reset()
        self.templates.reset()
        self._used.clear()
        self._written.clear()

    def change(self, settings: ZaloSettings) -> None:
        """Change the settings; a new quota is told."""
        old = self.settings.daily_quota
        self._let(settings)
        self._book.keep_setting(SETTING, settings.as_json())
        self._network.changes.touch_all()
        if settings.daily_quota != old:
            quota = {"prev_quota": old, "new_quota": settings.daily_quota}
            self.post.tell(
                "change_oa_daily_quota", oa_id=self.identity.oa_id, quota=quota
            )

    def judge(self, template_id: str, status: TemplateStatus) -> None:
        """Change a template's status and tell it. Raises KeyError."""
        before = self.templates.judge(template_id, status)
        self.post.tell(
            "change_template_status",
            oa_id=self.identity.oa_id,
            template_id=template_id,
            status={"prev_status": before, "new_status": status},
            reason="",
        )

    def used(self, template_id: str = "") -> int:
        """Return how many template messages were taken today, by one or by all."""
        return self._used[_day(time.time()), template_id]

    def use(self, template_id: str, moment: float) -> None:
        """Count one template message."""
        self._used[_day(moment), template_id] += 1
        self._used[_day(moment), ""] += 1

    def remaining(self) -> int:
        """Return how many template messages the account may still send today."""
        return max(0, self.settings.daily_quota - self.used())

    def follow(self, e164: str, *, is_following: bool) -> Person:
        """Let somebody follow the account, or stop."""
        person = self.people.change(
            e164, is_following=is_following, talked_at=time.time()
        )
        self._network.changes.touch(e164)
        self.post.tell(
            "follow" if is_following else "unfollow",
            oa_id=self.identity.oa_id,
            follower={"id": person.user_id},
            user_id_by_app=person.user_id,
            source="oa_profile",
        )
        return person

    def share_phone(self, e164: str, *, name: str) -> Person:
        """Let somebody press "share" under the form that asks for the number."""
        person = self.people.change(e164, talked_at=time.time())
        info = {"phone": int(e164.removeprefix("+")), "name": name, "address": ""}
        self.post.tell(
            "user_submit_info",
            sender={"id": person.user_id},
            recipient={"id": self.identity.oa_id},
            user_id_by_app=person.user_id,
            info=info,
        )
        return person

    async def write(self, e164: str, body: str) -> Inbound:
        """Take what somebody writes to the account; it is durable when this returns."""
        now = time.time()
        person = self.people.change(e164, talked_at=now)
        name = f"zalo:{e164}:{now}:{body}".encode()
        inbound = Inbound(
            sid=blake2b(name, digest_size=10).hexdigest(),
            handset=e164,
            service_number=self.identity.oa_id,
            body=body,
            created=now,
            wire=Wire.ZALO,
        )
        self._written[inbound.sid] = inbound
        self._keep(inbound)
        self.post.tell(
            "user_send_text",
            sid=inbound.sid,
            sender={"id": person.user_id},
            recipient={"id": self.identity.oa_id},
            user_id_by_app=person.user_id,
            message={"msg_id": inbound.sid, "text": body},
        )
        await self._book.durable()
        return inbound

    def _note_fate(self, sid: str, state: InboundState) -> None:
        inbound = self._written.pop(sid, None)
        if inbound is not None:
            inbound.state = state
            self._keep(inbound)

    def _keep(self, inbound: Inbound) -> None:
        self._book.keep_inbound(inbound)
        self._network.changes.touch(inbound.handset)

    def _let(self, settings: ZaloSettings) -> None:
        self.settings = self.post.settings = settings

    def _draws_zalo(self, e164: str) -> bool:
        share = self.settings.share_with_zalo
        return self._network.weather.happens(share, "zalo", e164)


def _facts(kept: object) -> dict[str, object]:
    return kept if isinstance(kept, dict) else {}


def _day(moment: float) -> str:
    return datetime.fromtimestamp(moment, HANOI).date().isoformat()
