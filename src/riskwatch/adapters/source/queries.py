"""The admin's SELECTs, and how they are wrapped so that nothing but the fact columns is fetched."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, column, select, text
from sqlalchemy.sql.selectable import Subquery

REFS = "child_refs"
SINCE = "since"

CHANGED_COLUMNS = ("child_ref", "changed_at")


class SourceQueries(NamedTuple):
    """SELECTs that give the fact columns. `changed` takes `:since` and gives CHANGED_COLUMNS; `freshness` gives the one
    moment at which everything was loaded. "": there is none.
    """

    children: str
    assessments: str
    checks: str
    changed: str = ""
    freshness: str = ""


EMBEDDED_QUERIES = SourceQueries(
    children="SELECT child_ref, unit, officer, closed_at, closed_recorded_at FROM child",
    assessments="SELECT assessment_id, child_ref, concern, tier, assessed_at, recorded_at FROM assessment",
    checks="SELECT check_id, child_ref, kind, checked_at, recorded_at FROM recorded_check",
    changed="""
        SELECT child_ref, changed_at FROM child WHERE changed_at >= :since
        UNION ALL SELECT child_ref, changed_at FROM assessment WHERE changed_at >= :since
        UNION ALL SELECT child_ref, changed_at FROM recorded_check WHERE changed_at >= :since
    """,
)
"""The queries of the embedded tables."""


class Query:
    """One of the admin's SELECTs. Every statement made of it is limited.

    The limit is a parameter, and that is more than thrift: PostgreSQL takes one statement with parameters, and would
    take any number without them, a COMMIT and an INSERT behind it among them.
    """

    def __init__(self, name: str, sql: str, columns: Sequence[str]) -> None:
        self.name = name
        self.columns = columns
        self._wrapped = _wrapped(sql, columns)
        self._all_columns = _wrapped(sql, ())

    def shape(self) -> Select[Any]:
        """Return a statement whose result has all columns of the query and no row."""
        return select(text("*")).select_from(self._all_columns).where(text("1 = 0")).limit(1)

    def sample(self) -> Select[Any]:
        """Return a statement that gives one child_ref, as the database has it."""
        ref = self._wrapped.c.child_ref
        return select(ref).where(ref.is_not(None)).limit(1)

    def child_refs(self, limit: int) -> Select[Any]:
        """Return a statement that gives each child_ref once, a blank one too."""
        return select(self._wrapped.c.child_ref).distinct().limit(limit)

    def rows(self, limit: int) -> Select[Any]:
        """Return a statement that gives the rows of the children in the parameter REFS."""
        return select(*self._wrapped.c).where(self._wrapped.c.child_ref.in_(_refs())).limit(limit)

    def rows_without_child(self, limit: int) -> Select[Any]:
        """Return a statement that gives the rows without a child_ref."""
        return select(*self._wrapped.c).where(self._wrapped.c.child_ref.is_(None)).limit(limit)

    def count(self) -> Select[Any]:
        """Return a statement that gives how many rows there are."""
        return select(text("COUNT(*)")).select_from(self._all_columns).limit(1)

    def all(self, limit: int) -> Select[Any]:
        """Return a statement that gives rows as they are, with all columns of the query."""
        return select(text("*")).select_from(self._all_columns).limit(limit)

    def changes(self, limit: int) -> Select[Any]:
        """Return a statement that gives the columns of `changed` for the parameter SINCE."""
        return select(*self._wrapped.c).limit(limit)

    def latest(self) -> Select[Any]:
        """Return a statement that gives the greatest changed_at for the parameter SINCE."""
        return select(text("MAX(q.changed_at)")).select_from(self._wrapped).limit(1)


def _refs() -> Any:
    # Without a type of its own a parameter takes the column's: a cast to VARCHAR would not meet an integer key.
    return bindparam(REFS, expanding=True)


def _wrapped(sql: str, columns: Sequence[str]) -> Subquery:
    # The line break keeps a closing comment from swallowing the parenthesis.
    body = sql.strip().rstrip("; \t\r\n") + "\n"
    # A colon in the admin's SQL is SQL (a cast, a time in quotes), and no parameter but :since.
    body = re.sub(rf"(?<!:):(?!{SINCE}\b)|(?<=:):", r"\\:", body)
    return text(body).columns(*(column(name) for name in columns)).subquery("q")
