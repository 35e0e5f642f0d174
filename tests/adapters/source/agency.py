"""An agency's database with tables and columns of its own names, and the queries an admin would write for it."""

from datetime import UTC, datetime
from types import TracebackType
from typing import Protocol, Self
from zoneinfo import ZoneInfo

from sqlalchemy import create_engine, make_url

from riskwatch.adapters.source.queries import SourceQueries
from riskwatch.adapters.source.sql import SqlSource
from riskwatch.core.facts import History, Reading, Rejected

LONDON = ZoneInfo("Europe/London")

QUERIES = SourceQueries(
    children="SELECT p.person_no AS child_ref, p.station AS unit, p.oic AS officer, p.ended AS closed_at,"
    " NULL AS closed_recorded_at, p.surname FROM person p",
    assessments="SELECT r.serial AS assessment_id, r.person_no AS child_ref, r.category AS concern, r.grade AS tier,"
    " r.graded AS assessed_at, r.entered AS recorded_at FROM risk r;",
    checks="SELECT v.serial AS check_id, v.person_no AS child_ref, v.outcome AS kind, v.visited AS checked_at,"
    " v.entered AS recorded_at FROM visit v -- every visit",
)


class OpenSource(Protocol):
    """Opens a source that the fixture closes."""

    def __call__(self, url: str, queries: SourceQueries, *, statement_timeout_s: int = 30) -> SqlSource: ...


class Agency:
    """One database, and an account that may write to it."""

    def __init__(self, url: str) -> None:
        self.url = url
        parsed = make_url(url)
        self.maker = parsed.get_backend_name()
        self._engine = create_engine(parsed.set(drivername="postgresql+psycopg") if self.is_postgres else parsed)

    @property
    def is_postgres(self) -> bool:
        return self.maker == "postgresql"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._engine.dispose()

    def run(self, *statements: str) -> None:
        with self._engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement.replace("%", "%%") if self.maker != "sqlite" else statement)

    def scalar(self, statement: str) -> object:
        with self._engine.begin() as connection:
            return connection.exec_driver_sql(statement).scalar()

    def make_tables(self, *, key: str = "VARCHAR(20)", time: str = "VARCHAR(40)") -> None:
        """Make empty tables; times are text by default, so that junk fits in."""
        self.run(
            f"CREATE TABLE person (person_no {key}, station VARCHAR(50), oic VARCHAR(80), ended {time},"
            " surname VARCHAR(50))",
            f"CREATE TABLE risk (serial VARCHAR(20), person_no {key}, category VARCHAR(30), grade VARCHAR(30),"
            f" graded {time}, entered {time})",
            f"CREATE TABLE visit (serial VARCHAR(20), person_no {key}, outcome VARCHAR(30), visited {time},"
            f" entered {time})",
        )


def at(text: str) -> datetime:
    """Return a moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def everything(source: SqlSource, batch: int = 1000) -> tuple[dict[str, History], list[Rejected]]:
    """Read all; a child that comes twice is an error."""
    histories: dict[str, History] = {}
    rejected: list[Rejected] = []
    for reading in source.read_all(batch=batch):
        for history in reading.histories:
            assert history.child.child_ref not in histories
            histories[history.child.child_ref] = history
        rejected += reading.rejected
    return histories, rejected


def only(reading: Reading) -> History:
    """Return the one history of a reading."""
    assert len(reading.histories) == 1
    return reading.histories[0]
