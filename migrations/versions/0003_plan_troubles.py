"""plan troubles"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plan_trouble",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("cohort_id", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(120), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("try_again_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_plan_trouble_school_id_school")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_trouble")),
        sa.UniqueConstraint("school_id", "cohort_id", name=op.f("uq_plan_trouble_school_id_cohort_id")),
    )


def downgrade() -> None:
    op.drop_table("plan_trouble")
