"""The first tables."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Types as they were when this was written: a migration must not change with the models.
MOMENT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")


def _word(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=20)


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=null)


def _moment(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, MOMENT, nullable=null)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False, autoincrement=False)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _index(name: str, table: str, columns: list[str], only: str | None = None) -> None:
    condition = None if only is None else sa.text(only)
    op.create_index(name, table, columns, sqlite_where=condition, postgresql_where=condition)


def upgrade() -> None:
    """Create all tables, and the empty chain's head."""
    _reading()
    _owing()
    _telling()
    _record()
    _embedded()


def _reading() -> None:
    op.create_table(
        "watched",
        _text("child_ref"),
        _text("unit"),
        _text("officer"),
        _text("tier"),
        sa.Column("standing", _word("standing", "open", "waiting", "closed"), nullable=False),
        _text("digest"),
        _moment("next_known_at", null=True),
        _moment("met_at", null=True),
        sa.PrimaryKeyConstraint("child_ref", name=op.f("pk_watched")),
    )
    _index("ix_watched_next_known_at", "watched", ["next_known_at"], "next_known_at IS NOT NULL")
    op.create_table(
        "sighting",
        _text("child_ref"),
        sa.Column("record", _word("record", "assessment", "check", "closure"), nullable=False),
        _text("record_id"),
        _moment("first_seen_at"),
        _moment("gone_at", null=True),
        sa.PrimaryKeyConstraint("child_ref", "record", "record_id", "first_seen_at", name=op.f("pk_sighting")),
    )
    op.create_table(
        "rejected",
        sa.Column("source_table", _word("source_table", "children", "assessments", "checks"), nullable=False),
        _text("place"),
        _text("row_id"),
        _text("child_ref"),
        _text("column_name"),
        _text("reason"),
        _flag("counted"),
        _moment("read_at"),
        sa.PrimaryKeyConstraint("source_table", "place", "column_name", name=op.f("pk_rejected")),
    )
    _index("ix_rejected_child_ref", "rejected", ["child_ref"])


def _owing() -> None:
    endings = ("discharged", "authorised", "closed", "relaxed", "withdrawn", "told")
    op.create_table(
        "obligation",
        _text("key"),
        _text("child_ref"),
        _text("rule"),
        _moment("started_at"),
        sa.Column("basis", _word("basis", "first", "every", "closing"), nullable=False),
        _moment("due_at"),
        _moment("owed_from"),
        _number("generation"),
        _moment("told_until", null=True),
        _text("told_officer"),
        _moment("next_notice_at", null=True),
        _moment("doubted_at", null=True),
        _moment("ended_at", null=True),
        sa.Column("ending", _word("ending", *endings), nullable=True),
        _text("ended_by"),
        _moment("checked_at", null=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_obligation")),
    )
    _index("ix_obligation_next_notice_at", "obligation", ["next_notice_at"], "next_notice_at IS NOT NULL")
    _index("ix_obligation_open_due_at", "obligation", ["due_at"], "ended_at IS NULL")
    _index("ix_obligation_child_ref", "obligation", ["child_ref"])


def _telling() -> None:
    op.create_table(
        "letter",
        _text("letter_id"),
        _text("recipient"),
        _text("purpose"),
        _text("subject"),
        _flag("urgent"),
        _moment("due_at"),
        _moment("made_at"),
        sa.Column("state", _word("state", "pending", "sending", "sent", "refused", "cancelled"), nullable=False),
        _number("attempts"),
        _moment("next_attempt_at", null=True),
        _text("last_response"),
        _moment("lease_until", null=True),
        sa.Column("message", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("(state = 'sending') = (lease_until IS NOT NULL)", name=op.f("ck_letter_lease")),
        sa.PrimaryKeyConstraint("letter_id", name=op.f("pk_letter")),
    )
    _index("ix_letter_to_go", "letter", ["urgent", "due_at"], "state IN ('pending', 'sending')")
    _index("ix_letter_recipient_made_at", "letter", ["recipient", "made_at"])
    fates = ("held", "pending", "sending", "sent", "refused", "struck")
    op.create_table(
        "notice",
        _text("key"),
        _text("subject"),
        _number("generation"),
        sa.Column("kind", _word("kind", "reminder", "overdue", "cleared", "closed_unchecked"), nullable=False),
        _text("child_ref"),
        _text("rule"),
        _text("step"),
        _number("repeat"),
        _moment("due_at"),
        _text("person"),
        _flag("passed_up"),
        _flag("urgent"),
        _moment("decided_at"),
        sa.Column("fate", _word("fate", *fates), nullable=False),
        _text("letter_id", null=True),
        _moment("held_until", null=True),
        _text("policy_version"),
        sa.CheckConstraint("(fate = 'held') = (held_until IS NOT NULL)", name=op.f("ck_notice_wait")),
        sa.ForeignKeyConstraint(
            ["letter_id"],
            ["letter.letter_id"],
            name=op.f("fk_notice_letter_id_letter"),
            deferrable=True,
            initially="DEFERRED",
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_notice")),
    )
    _index("ix_notice_subject", "notice", ["subject"])
    _index("ix_notice_child_ref", "notice", ["child_ref"])
    _index("ix_notice_letter_id", "notice", ["letter_id"])
    _index("ix_notice_held_until", "notice", ["held_until"], "held_until IS NOT NULL")


def _record() -> None:
    decided = ("owed", "ended", "doubted", "reopened", "tell", "struck", "sent", "refused")
    noted = ("blind", "sees-again", "configured")
    op.create_table(
        "journal",
        _number("seq"),
        _moment("at"),
        sa.Column("decision", _word("decision", *decided, *noted), nullable=False),
        _text("child_ref"),
        _text("subject"),
        _text("policy_version"),
        _text("detail"),
        _text("prev_hash"),
        _text("hash"),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_journal")),
    )
    _index("ix_journal_child_ref", "journal", ["child_ref"])
    head = op.create_table(
        "journal_head",
        _number("id"),
        _number("seq"),
        _text("hash"),
        sa.CheckConstraint("id = 1", name=op.f("ck_journal_head_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_head")),
    )
    op.bulk_insert(head, [{"id": 1, "seq": 0, "hash": "0" * 64}])
    op.create_table(
        "run",
        sa.Column("id", sa.Integer(), nullable=False),
        _text("stage"),
        _moment("started_at"),
        _moment("finished_at"),
        _flag("full"),
        _text("counts"),
        _text("problem"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
    )
    _index("ix_run_stage_finished_at", "run", ["stage", "finished_at"])
    op.create_table(
        "keepsake", _text("name"), _text("value"), sa.PrimaryKeyConstraint("name", name=op.f("pk_keepsake"))
    )


def _embedded() -> None:
    op.create_table(
        "child",
        _text("child_ref"),
        _text("unit"),
        _text("officer"),
        _moment("closed_at", null=True),
        _moment("closed_recorded_at", null=True),
        _moment("changed_at"),
        sa.PrimaryKeyConstraint("child_ref", name=op.f("pk_child")),
    )
    op.create_table(
        "assessment",
        _text("assessment_id"),
        _text("child_ref"),
        _text("concern"),
        _text("tier"),
        _moment("assessed_at"),
        _moment("recorded_at", null=True),
        _moment("changed_at"),
        sa.PrimaryKeyConstraint("assessment_id", name=op.f("pk_assessment")),
    )
    op.create_table(
        "recorded_check",
        _text("check_id"),
        _text("child_ref"),
        _text("kind"),
        _moment("checked_at"),
        _moment("recorded_at", null=True),
        _moment("changed_at"),
        sa.PrimaryKeyConstraint("check_id", name=op.f("pk_recorded_check")),
    )
    _index("ix_assessment_child_ref", "assessment", ["child_ref"])
    _index("ix_recorded_check_child_ref", "recorded_check", ["child_ref"])
    for table in ("child", "assessment", "recorded_check"):
        _index(f"ix_{table}_changed_at", table, ["changed_at"])
