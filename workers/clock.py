"""The clock process: `python -m workers.clock`, and the one table of what runs when.

Any number may run: each beat is safe to run twice, and occurrences are unique in the
database. When Redis or the database is away, a beat is logged and the next one tries.
"""

import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from redis import Redis

from broadcaster.bootstrap import House
from broadcaster.errors import ConfigurationError
from broadcaster.logs import configure_logs
from broadcaster.ports import Channel
from broadcaster.services.doubting import (
    doubt_lost_windows,
    look_up_silent,
    resolve_in_doubt,
)
from broadcaster.services.falling_back import fall_back_silent, fall_back_stranded
from broadcaster.services.finishing import finish_announcements
from broadcaster.services.firing import fire_due
from broadcaster.services.gateway_standings import ask_standings
from broadcaster.services.pausing import release_held
from broadcaster.services.register_uploads import forget_expired
from broadcaster.services.zalo_contacts import link_contacts
from broadcaster.services.zalo_templates import sync_due
from workers.listener import listen
from workers.process import the_house
from workers.relay import ring

log = structlog.get_logger()

STOPS = frozenset({signal.SIGINT, signal.SIGTERM})


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """Something done every so many seconds."""

    name: str
    seconds: int
    act: Callable[[House, Redis], object]


def _fire_due(house: House, _redis: Redis) -> None:
    gateway, now = house.gateway_name, house.clock.now()
    fire_due(house.database, gateway=gateway, now=now)


def _doubt_lost_windows(house: House, _redis: Redis) -> None:
    doubt_lost_windows(house.database, now=house.clock.now())


def _resolve_in_doubt(house: House, _redis: Redis) -> None:
    for gateway in house.gateways.values():
        resolve_in_doubt(house.database, gateway, now=house.clock.now())


def _look_up_silent(house: House, _redis: Redis) -> None:
    for gateway in house.gateways.values():
        look_up_silent(house.database, gateway, now=house.clock.now())


def _fall_back(house: House, _redis: Redis) -> None:
    route, now = house.gateways.sending(Channel.SMS), house.clock.now()
    fall_back_silent(house.database, house.gateways, route=route, now=now)
    sending = house.gateways.sending(Channel.ZALO)
    fall_back_stranded(house.database, sending=sending, route=route, now=now)


def _finish_announcements(house: House, _redis: Redis) -> None:
    finish_announcements(house.database, now=house.clock.now())


def _release_held(house: House, _redis: Redis) -> None:
    release_held(house.database, now=house.clock.now())


def _forget_uploads(house: House, _redis: Redis) -> None:
    forget_expired(house.database, now=house.clock.now())


def _sync_templates(house: House, _redis: Redis) -> None:
    sync_due(house.database, house.gateways, now=house.clock.now())


def _ask_standings(house: House, _redis: Redis) -> None:
    sending = {
        name: house.gateways[name]
        for channel in Channel
        for name in house.gateways.sending(channel)
    }
    ask_standings(house.database, sending, now=house.clock.now())


def _link_contacts(house: House, _redis: Redis) -> None:
    link_contacts(house.database, now=house.clock.now())


BEATS = (
    Beat(name="ring", seconds=1, act=ring),
    Beat(name="fire_due", seconds=15, act=_fire_due),
    Beat(name="doubt_lost_windows", seconds=5, act=_doubt_lost_windows),
    Beat(name="resolve_in_doubt", seconds=10, act=_resolve_in_doubt),
    Beat(name="look_up_silent", seconds=600, act=_look_up_silent),
    Beat(name="fall_back", seconds=15, act=_fall_back),
    Beat(name="release_held", seconds=2, act=_release_held),
    Beat(name="finish_announcements", seconds=10, act=_finish_announcements),
    Beat(name="link_contacts", seconds=60, act=_link_contacts),
    Beat(name="sync_templates", seconds=60, act=_sync_templates),
    Beat(name="ask_standings", seconds=300, act=_ask_standings),
    Beat(name="forget_uploads", seconds=3600, act=_forget_uploads),
)
"""What runs when: all of it, and nothing runs that is not here."""


def keep_time(house: House, redis: Redis) -> BackgroundScheduler:
    """Return a scheduler with every beat of the table, not yet started."""
    scheduler = BackgroundScheduler(timezone="UTC")
    for beat in BEATS:
        scheduler.add_job(
            strike,
            "interval",
            args=[beat, house, redis],
            seconds=beat.seconds,
            id=beat.name,
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
            next_run_time=house.clock.now(),
        )
    return scheduler


def strike(beat: Beat, house: House, redis: Redis) -> None:
    """Do what a beat is for; log it when that fails, for the next one tries again."""
    try:
        beat.act(house, redis)
    except Exception:
        log.exception("beat_failed", beat=beat.name)


def main() -> None:
    """Keep time until SIGTERM."""
    configure_logs()
    try:
        house = the_house()
    except ConfigurationError as error:
        sys.exit("\n".join(error.missing))
    # before any thread begins: a handler could stop one that holds a lock it needs
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    redis = Redis.from_url(house.settings.redis_url)
    scheduler = keep_time(house, redis)
    scheduler.start()
    stop = threading.Event()
    ears = threading.Thread(
        target=listen,
        args=(house.database.engine, lambda: strike(BEATS[0], house, redis), stop),
        name="listener",
        daemon=True,
    )
    ears.start()
    log.info("clock_started")
    signal.sigwait(STOPS)
    stop.set()
    scheduler.shutdown(wait=False)
    log.info("clock_stopped")


if __name__ == "__main__":
    main()
