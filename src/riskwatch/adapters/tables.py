"""The tables of the service's own database, and those of the embedded agency records."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, MetaData, Table
from sqlalchemy import text as where
from sqlmodel import Field, SQLModel

from riskwatch.adapters.columns import UTCDateTime, word
from riskwatch.core import facts
from riskwatch.core.notices import Fate, Kind, LetterState
from riskwatch.core.tracking import Basis, Decision, Ending, Standing

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMING)


def partial(name: str, *columns: str, only: str) -> Index:
    """Return an index over the rows that meet a condition, in words that both databases share."""
    return Index(name, *columns, sqlite_where=where(only), postgresql_where=where(only))


class Row(SQLModel):
    """The base of all tables."""

    metadata = metadata


class WatchedRow(Row, table=True):
    """A child as last read, and when a full reading last met it."""

    __tablename__ = "watched"
    __table_args__ = (partial("ix_watched_next_known_at", "next_known_at", only="next_known_at IS NOT NULL"),)

    child_ref: str = Field(primary_key=True)
    unit: str
    officer: str
    tier: str
    standing: Standing = Field(sa_type=word(Standing, "standing"))
    digest: str
    next_known_at: datetime | None = Field(sa_type=UTCDateTime)
    met_at: datetime | None = Field(sa_type=UTCDateTime)


class SightingRow(Row, table=True):
    """When a record was first seen."""

    __tablename__ = "sighting"

    child_ref: str = Field(primary_key=True)
    record: facts.Record = Field(primary_key=True, sa_type=word(facts.Record, "record"))
    record_id: str = Field(primary_key=True)
    first_seen_at: datetime = Field(primary_key=True, sa_type=UTCDateTime)
    gone_at: datetime | None = Field(sa_type=UTCDateTime)


class RejectedRow(Row, table=True):
    """A source row that cannot be read now."""

    __tablename__ = "rejected"
    __table_args__ = (Index("ix_rejected_child_ref", "child_ref"),)

    source_table: facts.Table = Field(primary_key=True, sa_type=word(facts.Table, "source_table"))
    place: str = Field(primary_key=True)
    row_id: str
    child_ref: str
    column_name: str = Field(primary_key=True)
    reason: str
    counted: bool
    read_at: datetime = Field(sa_type=UTCDateTime)


class ObligationRow(Row, table=True):
    """What is owed, and how far it was told. Its columns are the fields of Tracked, in their order."""

    __tablename__ = "obligation"
    __table_args__ = (
        partial("ix_obligation_next_notice_at", "next_notice_at", only="next_notice_at IS NOT NULL"),
        partial("ix_obligation_open_due_at", "due_at", only="ended_at IS NULL"),
        Index("ix_obligation_child_ref", "child_ref"),
    )

    key: str = Field(primary_key=True)
    child_ref: str
    rule: str
    started_at: datetime = Field(sa_type=UTCDateTime)
    basis: Basis = Field(sa_type=word(Basis, "basis"))
    due_at: datetime = Field(sa_type=UTCDateTime)
    owed_from: datetime = Field(sa_type=UTCDateTime)
    generation: int
    told_until: datetime | None = Field(sa_type=UTCDateTime)
    told_officer: str
    next_notice_at: datetime | None = Field(sa_type=UTCDateTime)
    doubted_at: datetime | None = Field(sa_type=UTCDateTime)
    ended_at: datetime | None = Field(sa_type=UTCDateTime)
    ending: Ending | None = Field(sa_type=word(Ending, "ending"))
    ended_by: str
    checked_at: datetime | None = Field(sa_type=UTCDateTime)


class LetterRow(Row, table=True):
    """A letter in the outbox, as the bytes that go over the wire."""

    __tablename__ = "letter"
    __table_args__ = (
        # Not "urgent DESC": SQLAlchemy cannot read such an index from SQLite; rebuilding the table would lose it.
        partial("ix_letter_to_go", "urgent", "due_at", only="state IN ('pending', 'sending')"),
        Index("ix_letter_recipient_made_at", "recipient", "made_at"),
        CheckConstraint("(state = 'sending') = (lease_until IS NOT NULL)", name="lease"),
    )

    letter_id: str = Field(primary_key=True)
    recipient: str
    purpose: str
    subject: str
    urgent: bool
    due_at: datetime = Field(sa_type=UTCDateTime)
    made_at: datetime = Field(sa_type=UTCDateTime)
    state: LetterState = Field(sa_type=word(LetterState, "state"))
    attempts: int
    next_attempt_at: datetime | None = Field(sa_type=UTCDateTime)
    last_response: str
    lease_until: datetime | None = Field(sa_type=UTCDateTime)
    message: bytes  # SQLite reads through it to reach what stands behind: what is seldom asked for
    in_doubt: bool
    joined_at: datetime | None = Field(sa_type=UTCDateTime)


class NoticeRow(Row, table=True):
    """One step of one obligation for one person: its key stands once, ever."""

    __tablename__ = "notice"
    __table_args__ = (
        # Deferred: a letter may be added after its notices, in the same transaction.
        ForeignKeyConstraint(["letter_id"], ["letter.letter_id"], deferrable=True, initially="DEFERRED"),
        CheckConstraint("(fate = 'held') = (held_until IS NOT NULL)", name="wait"),
        Index("ix_notice_subject", "subject"),
        Index("ix_notice_child_ref", "child_ref"),
        Index("ix_notice_letter_id", "letter_id"),
        partial("ix_notice_held_until", "held_until", only="held_until IS NOT NULL"),
    )

    key: str = Field(primary_key=True)
    subject: str
    generation: int
    kind: Kind = Field(sa_type=word(Kind, "kind"))
    child_ref: str
    rule: str
    step: str
    repeat: int
    due_at: datetime = Field(sa_type=UTCDateTime)
    person: str
    passed_up: bool
    urgent: bool
    decided_at: datetime = Field(sa_type=UTCDateTime)
    fate: Fate = Field(sa_type=word(Fate, "fate"))
    letter_id: str | None
    held_until: datetime | None = Field(sa_type=UTCDateTime)
    policy_version: str


class JournalRow(Row, table=True):
    """One decision in the hash chain; `detail` is canonical JSON, kept as the text that was hashed."""

    __tablename__ = "journal"
    __table_args__ = (Index("ix_journal_child_ref", "child_ref"),)

    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=UTCDateTime)
    decision: Decision = Field(sa_type=word(Decision, "decision"))
    child_ref: str
    subject: str
    policy_version: str
    detail: str
    prev_hash: str
    hash: str


class JournalHeadRow(Row, table=True):
    """The end of the chain: writers take turns by locking it, and a chain cut short disagrees with it."""

    __tablename__ = "journal_head"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    seq: int
    hash: str


class RunRow(Row, table=True):
    """One run of a stage; `counts` is JSON."""

    __tablename__ = "run"
    __table_args__ = (Index("ix_run_stage_finished_at", "stage", "finished_at"),)

    id: int | None = Field(default=None, primary_key=True)
    stage: str
    started_at: datetime = Field(sa_type=UTCDateTime)
    finished_at: datetime = Field(sa_type=UTCDateTime)
    full: bool
    counts: str
    problem: str


class KeepsakeRow(Row, table=True):
    """A small named value."""

    __tablename__ = "keepsake"

    name: str = Field(primary_key=True)
    value: str


class ChildRow(Row, table=True):
    """A child in the embedded agency records."""

    __tablename__ = "child"
    __table_args__ = (Index("ix_child_changed_at", "changed_at"),)

    child_ref: str = Field(primary_key=True)
    unit: str
    officer: str
    closed_at: datetime | None = Field(sa_type=UTCDateTime)
    closed_recorded_at: datetime | None = Field(sa_type=UTCDateTime)
    changed_at: datetime = Field(sa_type=UTCDateTime)


class AssessmentRow(Row, table=True):
    """A risk assessment in the embedded agency records."""

    __tablename__ = "assessment"
    __table_args__ = (Index("ix_assessment_child_ref", "child_ref"), Index("ix_assessment_changed_at", "changed_at"))

    assessment_id: str = Field(primary_key=True)
    child_ref: str
    concern: str
    tier: str
    assessed_at: datetime = Field(sa_type=UTCDateTime)
    recorded_at: datetime | None = Field(sa_type=UTCDateTime)
    changed_at: datetime = Field(sa_type=UTCDateTime)


class CheckRow(Row, table=True):
    """A recorded check in the embedded agency records."""

    __tablename__ = "recorded_check"
    __table_args__ = (
        Index("ix_recorded_check_child_ref", "child_ref"),
        Index("ix_recorded_check_changed_at", "changed_at"),
    )

    check_id: str = Field(primary_key=True)
    child_ref: str
    kind: str
    checked_at: datetime = Field(sa_type=UTCDateTime)
    recorded_at: datetime | None = Field(sa_type=UTCDateTime)
    changed_at: datetime = Field(sa_type=UTCDateTime)


def table(model: type[Row]) -> Table:
    """Return the table of a model, for statements over many rows."""
    return metadata.tables[str(model.__tablename__)]
