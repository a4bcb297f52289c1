"""What a worker sends by, put together for a test, and what came of it."""

from sqlalchemy import func, select

from broadcaster.gateways.memory import MemoryGateway
from broadcaster.ports import Clock, Gateway, Outcome, Pace, Submission, Verdict
from broadcaster.rules.lifecycle import MessageState
from broadcaster.services.recording import Route
from broadcaster.store.session import Database
from broadcaster.store.tables.messages import Message
from tests.fakes import FreePace


def a_route(
    database: Database,
    gateway: Gateway,
    clock: Clock,
    *,
    pace: Pace | None = None,
    names: tuple[str, ...] = (),
) -> Route:
    """Give a route of one gateway, unless more are named; nobody else is on it."""
    return Route(
        database=database,
        gateway=gateway,
        clock=clock,
        pace=pace or FreePace(),
        names=names or (gateway.name,),
    )


def answering(
    verdict: Verdict,
    *,
    code: str | None = None,
    retry_after: float | None = None,
    by: MemoryGateway | None = None,
) -> MemoryGateway:
    """Let a gateway answer alike to every text."""
    gateway = by or MemoryGateway()

    def script(text: Submission) -> Outcome:
        return Outcome(
            message_id=text.message_id,
            verdict=verdict,
            code=code,
            retry_after=retry_after,
        )

    gateway.script = script
    return gateway


def states(database: Database) -> dict[MessageState, int]:
    """Count all texts by their state."""
    query = select(Message.state, func.count()).group_by(Message.state)
    with database.reading() as session:
        return dict(session.execute(query).all())
