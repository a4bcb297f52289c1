"""Fixtures of the faults: an installation on real servers, hurt and healed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.sites import Site, a_site

LINES = 400


@pytest.fixture
def site(tmp_path: Path, postgres_url: str, redis_url: str) -> Iterator[Site]:
    """Give an installation on PostgreSQL, with people in its ward."""
    with a_site(
        tmp_path, database_url=postgres_url, redis_url=redis_url, lines=LINES
    ) as site:
        yield site


@pytest.fixture
def either_site(tmp_path: Path, database_url: str, redis_url: str) -> Iterator[Site]:
    """Run the test twice: on an installation with SQLite, and with PostgreSQL."""
    with a_site(
        tmp_path, database_url=database_url, redis_url=redis_url, lines=LINES
    ) as site:
        yield site
