"""trusted clock"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "trusted_clock",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("right_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asks_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shows", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trusted_clock")),
    )


def downgrade() -> None:
    op.drop_table("trusted_clock")
