"""The clock's table holds, and a beat that fails never stops the next."""

import pytest
import structlog
from redis import Redis

from broadcaster.bootstrap import House
from tests.telco import until
from workers import clock


def test_each_beat_runs_alone_and_catches_up_once(house: House, redis: Redis) -> None:
    jobs = clock.keep_time(house, redis).get_jobs()
    assert {job.id for job in jobs} == {beat.name for beat in clock.BEATS}
    for job in jobs:
        assert (job.max_instances, job.coalesce) == (1, True)
        assert job.misfire_grace_time is None


@pytest.mark.parametrize("beat", clock.BEATS, ids=lambda beat: beat.name)
def test_every_beat_runs_on_an_empty_house(
    beat: clock.Beat, house: House, redis: Redis
) -> None:
    beat.act(house, redis)


def test_a_beat_that_fails_is_logged_and_the_clock_goes_on(
    house: House, redis: Redis
) -> None:
    scheduler = clock.keep_time(house, redis)
    struck: list[int] = []

    def fail(_house: House, _redis: Redis) -> None:
        struck.append(len(struck))
        raise ConnectionError

    scheduler.remove_all_jobs()
    failing = clock.Beat(name="failing", seconds=1, act=fail)
    args = [failing, house, redis]
    scheduler.add_job(clock.strike, "interval", seconds=0.02, args=args)
    with structlog.testing.capture_logs() as events:
        scheduler.start()
        until(lambda: len(struck) > 2)
        scheduler.shutdown()
    assert struck[:3] == [0, 1, 2]
    assert {event["beat"] for event in events} == {"failing"}
