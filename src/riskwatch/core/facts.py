"""What the agency recorded, and what the service remembers of when it first saw it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol, TypeVar

GENERAL_CONCERN = "general"
"""The concern of an assessment that names none."""


class Child(NamedTuple):
    """A child as the agency lists it. A blank `unit` or `officer` means that the agency gave none."""

    child_ref: str
    unit: str = ""
    officer: str = ""
    closed_at: datetime | None = None
    closed_recorded_at: datetime | None = None


class Assessment(NamedTuple):
    """A risk assessment. `recorded_at` is None where the source has no recorded time."""

    assessment_id: str
    child_ref: str
    concern: str
    tier: str
    assessed_at: datetime
    recorded_at: datetime | None = None


class Check(NamedTuple):
    """A recorded check, or another recorded event. `recorded_at` is None where the source has no recorded time."""

    check_id: str
    child_ref: str
    kind: str
    checked_at: datetime
    recorded_at: datetime | None = None


class Closure(NamedTuple):
    """A closing date that stood in the child's record.

    `known_at` is the moment at which it became known; `gone_at` the moment at which it was seen to have disappeared
    with none in its place, or None while it stands.
    """

    closed_at: datetime
    known_at: datetime
    gone_at: datetime | None = None


class History(NamedTuple):
    """Everything known of one child. The order of rows carries no meaning."""

    child: Child
    assessments: Sequence[Assessment] = ()
    checks: Sequence[Check] = ()
    closures: Sequence[Closure] = ()


class Table(StrEnum):
    """The three kinds of row that a source gives."""

    CHILDREN = "children"
    ASSESSMENTS = "assessments"
    CHECKS = "checks"


class Rejected(NamedTuple):
    """A row, or a part of one, that could not be read, and why.

    `where` names the place for a person ("checks.csv:17" or "checks id K9"); `row_id` and `child_ref` are blank where
    the row has none. `counted` is true where the row counts all the same (an assessment dated by its recorded time).
    """

    table: Table
    where: str
    row_id: str
    child_ref: str
    column: str
    reason: str
    counted: bool = False


class Reading(NamedTuple):
    """One answer of a source: the whole history of each child asked for, and the rows that could not be read."""

    histories: Sequence[History]
    rejected: Sequence[Rejected] = ()


class Changes(NamedTuple):
    """The children whose rows changed since a cursor, and the cursor to ask with next time."""

    child_refs: Sequence[str]
    cursor: str


class Record(StrEnum):
    """Which kind of record a sighting remembers."""

    ASSESSMENT = "assessment"
    CHECK = "check"
    CLOSURE = "closure"


class Sighting(NamedTuple):
    """When the service first saw a record whose own times cannot say when it became known.

    For a closure, `record_id` is its closing date as ISO 8601 in UTC, `gone_at` is the moment at which it was seen to
    have disappeared with none in its place.
    """

    child_ref: str
    record: Record
    record_id: str
    first_seen_at: datetime
    gone_at: datetime | None = None


class OfChild(Protocol):
    """A row about one child."""

    @property
    def child_ref(self) -> str:
        """The child."""
        ...


_Row = TypeVar("_Row", bound=OfChild)


def by_child(rows: Iterable[_Row]) -> dict[str, list[_Row]]:
    """Return rows by the child that they are about, in the order given."""
    found: dict[str, list[_Row]] = {}
    for row in rows:
        found.setdefault(row.child_ref, []).append(row)
    return found
