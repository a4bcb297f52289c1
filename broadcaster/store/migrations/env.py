"""Alembic's entry: runs the migrations over an engine of ours."""

from alembic import context

from broadcaster.store.session import create_engine_for
from broadcaster.store.tables import Base

url = context.config.attributes.get("url")
if url is None:
    raise SystemExit("Run migrations by `loa migrate`: it knows the database.")

engine = create_engine_for(url).execution_options(loa_writes=True)
with engine.connect() as connection:
    if engine.dialect.name == "sqlite":
        # a table is altered by copying it: dropping the old one would else be refused
        # for the rows that point at it; effective only outside a transaction
        connection.connection.cursor().execute("PRAGMA foreign_keys = OFF")
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
