"""What an audience gives, read out for tests."""

from sqlalchemy.orm import Session

from subscriptions.audience import Audience, exclusions, recipients
from subscriptions.tables.consents import Purpose
from subscriptions.tables.places import Ward

EVERYONE = Audience(group_ids=None)


def texted(
    session: Session, ward: Ward, audience: Audience, purpose: Purpose = Purpose.NOTICES
) -> list[int]:
    """Return the ids of the lines to text, one for each row, in order."""
    query = recipients(audience, ward_id=ward.id, purpose=purpose)
    return sorted(line_id for line_id, _, _ in session.execute(query))


def left_out(
    session: Session, ward: Ward, audience: Audience, purpose: Purpose = Purpose.NOTICES
) -> list[tuple[int, str]]:
    """Return (resident id, reason) of everyone left out, in order."""
    query = exclusions(audience, ward_id=ward.id, purpose=purpose)
    return sorted((resident, reason) for resident, reason in session.execute(query))
