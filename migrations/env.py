"""Alembic's way in, for SQLite and PostgreSQL alike. `surveybot migrate` hands the connection over.

SQLite: foreign keys are off while tables are rebuilt, or ON DELETE rules would empty the child tables; they
are checked afterwards. PostgreSQL: an advisory lock lets two upgrades at once both succeed.
"""

from typing import Any, Literal

from alembic import context
from sqlalchemy.engine import Connection
from sqlalchemy.types import JSON
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

from surveybot.records import every_table  # noqa: F401  (fills the metadata)
from surveybot.records.database import UTCDateTime

ONE_UPGRADE_AT_A_TIME = 7_307_126_841


def render_item(kind: str, item: Any, _autogen: Any) -> str | Literal[False]:
    """Write our own column types as SQLAlchemy's, so that a migration imports nothing of ours."""
    if kind != "type":
        return False
    if isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, AutoString):
        return f"sa.String({item.length or ''})"
    if isinstance(item, JSON):
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


def run(connection: Connection) -> None:
    on_sqlite = connection.dialect.name == "sqlite"
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=True,
        compare_type=True,
        render_item=render_item,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        if not on_sqlite:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ONE_UPGRADE_AT_A_TIME})")
        context.run_migrations()


run(context.config.attributes["connection"])
