"""steered occasions"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "steered_occasion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("cohort_id", sa.Integer(), nullable=False),
        sa.Column("survey", sa.String(60), nullable=False),
        sa.Column("destination_year", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(30), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "held",
                "cancelled",
                "opened",
                "skipped",
                name="plannedstate",
                native_enum=False,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("changed_by", sa.String(254), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.id"], name=op.f("fk_steered_occasion_school_id_school")
        ),
        sa.ForeignKeyConstraint(
            ["cohort_id"], ["planned_cohort.id"], name=op.f("fk_steered_occasion_cohort_id_planned_cohort")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_steered_occasion")),
        sa.UniqueConstraint(
            "cohort_id",
            "survey",
            "destination_year",
            "step",
            name=op.f("uq_steered_occasion_cohort_id_survey_destination_year_step"),
        ),
    )


def downgrade() -> None:
    op.drop_table("steered_occasion")
