"""Letters that may have arrived, letters that take the place of several, and the journal's word for that."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# As it was when this was written: a migration must not change with the models.
MOMENT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")
DECIDED = ("owed", "ended", "doubted", "reopened", "tell", "struck")
NOTED = ("sent", "refused", "blind", "sees-again", "configured")


def _is_one_of(*words: str) -> str:
    return f"decision IN ({', '.join(repr(word) for word in words)})"


def upgrade() -> None:
    """Add the columns, and widen the CHECK."""
    with op.batch_alter_table("letter") as batch:
        batch.add_column(sa.Column("in_doubt", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("joined_at", MOMENT, nullable=True))
    with op.batch_alter_table("letter") as batch:
        batch.alter_column("in_doubt", server_default=None)
    # Whether a letter under way was handed over once before is not known.
    op.execute("UPDATE letter SET in_doubt = (attempts > 0) WHERE state IN ('pending', 'sending')")
    with op.batch_alter_table("journal") as batch:
        batch.drop_constraint(op.f("ck_journal_decision"), type_="check")
        batch.create_check_constraint(op.f("ck_journal_decision"), _is_one_of(*DECIDED, "joined", *NOTED))
