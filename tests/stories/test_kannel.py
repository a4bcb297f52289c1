"""The whole product over a real Kannel: out, reported, and answered."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from broadcaster.rules.lifecycle import MessageState
from broadcaster.store.migrate import upgrade
from broadcaster.store.session import Database, create_engine_for
from broadcaster.store.tables.messages import Message
from tests.builders.messages import many_texts
from tests.builders.people import a_group, a_household, a_ward
from tests.kannel import PASSWORD, SECRET, USERNAME, Kannel
from tests.kannel_carrier import Carrier
from tests.product import Product
from tests.telco import until

TEXTS = 300
SETTLED_WITHIN_S = 60.0


class KannelProduct(Product):
    """The product, its texts going by a Kannel that reports to it."""

    kannel: Kannel

    def _settings(self, database_url: str, redis_url: str) -> dict[str, str]:
        self.kannel = Kannel(self.folder / "kannel", public_url=self.url)
        self.kannel.start()
        return super()._settings(database_url, redis_url) | {
            "LOA_GATEWAY": "kannel",
            "LOA_GATEWAY_BASE_URL": self.kannel.base_url,
            "LOA_GATEWAY_USERNAME": USERNAME,
            "LOA_GATEWAY_PASSWORD": PASSWORD,
            "LOA_GATEWAY_INBOUND_SECRET": SECRET,
        }

    def stop(self) -> None:
        super().stop()
        self.kannel.stop()


@pytest.fixture
def product(
    tmp_path: Path, database_url: str, redis_url: str
) -> Iterator[KannelProduct]:
    upgrade(database_url)
    database = Database(create_engine_for(database_url))
    with database.writing() as session:
        ward = a_ward(session)
        ward.quiet_until = ward.quiet_from  # no quiet hours: stories run at any hour
        ward.inbound_number = "+84899000888"
        a_household(session, in_group=a_group(session, ward), with_phone="0987654321")
        now = dt.datetime.now(dt.UTC)
        many_texts(session, ward, TEXTS, gateway="kannel", due_at=now)
    database.engine.dispose()
    product = KannelProduct.start(
        tmp_path, database_url=database_url, redis_url=redis_url
    )
    yield product
    product.stop()


def states(product: Product) -> dict[str, int]:
    counted = select(Message.state, func.count().label("texts")).group_by(Message.state)
    with product.database.reading() as session:
        return {row.state: row.texts for row in session.execute(counted)}


def test_texts_go_by_kannel_once_are_reported_and_a_resident_is_answered(
    product: KannelProduct,
) -> None:
    carrier = Carrier(product.kannel.smsc_port)
    done = {MessageState.DELIVERED.value: TEXTS}
    until(lambda: states(product) == done, within_s=SETTLED_WITHIN_S)
    assert Counter(Counter(s.to for s in carrier.shorts).values()) == {1: TEXTS}

    carrier.write("0987654321", "0899000888", text="TC")
    until(lambda: carrier.texts("+84987654321"), within_s=SETTLED_WITHIN_S)
    answers = carrier.texts("+84987654321")
    assert len(answers) == 1
    assert "khong nhan tin cua phuong nua" in answers[0]
    carrier.hang_up()
