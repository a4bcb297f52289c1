"""Nobody waits for a connection that another thread holds."""

import re
from contextlib import ExitStack
from pathlib import Path

from sqlalchemy import text

from broadcaster.store.session import Database, create_engine_for

PROCFILE = Path(__file__).resolve().parents[3] / "Procfile"


def threads_of_the_web() -> int:
    found = re.search(r"^web: .*--threads (\d+)", PROCFILE.read_text("utf-8"), re.M)
    assert found
    return int(found[1])


def test_each_thread_of_a_web_process_may_hold_a_connection(
    database: Database,
) -> None:
    threads = threads_of_the_web()
    engine = create_engine_for(database.engine.url.render_as_string())
    with ExitStack() as held:
        for _ in range(threads):
            held.enter_context(engine.connect()).execute(text("SELECT 1"))
    kept_open = engine.pool.status()
    engine.dispose()
    assert f"Connections in pool: {threads}" in kept_open
