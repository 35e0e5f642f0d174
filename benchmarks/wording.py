"""A letter's wording and wire form, with nothing else around it."""

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from zoneinfo import ZoneInfo

from benchmarks.measuring import Took, middle, took
from benchmarks.report import Figure, Options, Report, span, times
from riskwatch.adapters.letters import LetterWriter
from riskwatch.core.notices import Draft, Fate, Kind, Line, Notice, Told
from riskwatch.settings.shipped import shipped

MADE_AT = datetime(2021, 9, 10, 13, 15, tzinfo=UTC)
SIZES = ((1, 500), (10, 100), (1_000, 5))
"""Notices in a letter, and how many such letters are worded in one round."""
ROUNDS = 5


def run(options: Options) -> Report:
    """Measure letters of one notice and of many. The floor: the standard library serialises the finished texts."""
    writer = LetterWriter(
        templates=shipped("templates"),
        marking="OFFICIAL-SENSITIVE",
        case_link="https://records.example.police.uk/case/{child_ref}",
        sender="riskwatch@example.police.uk",
        timezone=ZoneInfo("Europe/London"),
    )
    figures = []
    for count, repeats in SIZES:
        draft = Draft("0123456789abcdef", "di@example.police.uk", MADE_AT, [_line(number) for number in range(count)])
        message = writer.render(draft).message
        mine: list[Took] = []
        floors: list[Took] = []
        for _ in range(ROUNDS * options.rounds):
            mine.append(_each(took(lambda: [writer.render(draft) for _ in range(repeats)]), repeats))  # noqa: B023
            floors.append(_each(took(lambda: [_serialised(message) for _ in range(repeats)]), repeats))  # noqa: B023
        worded, floor = middle(mine), middle(floors)
        name = f"{count:,} notices, {len(message):,} bytes"
        by_floor, ratio = f"{span(floor.wall_s)} (email, no wording)", times(worded.wall_s, floor.wall_s)
        figures.append(Figure(name, span(worded.wall_s), span(worded.cpu_s), by_floor, ratio, "below 1.00x"))
    return Report(figures)


def _each(whole: Took, repeats: int) -> Took:
    return Took(whole.wall_s / repeats, whole.cpu_s / repeats)


def _serialised(message: bytes) -> bytes:
    """Return a message of the same size as the standard library makes it."""
    mail = EmailMessage(SMTP)
    mail["From"], mail["To"] = "riskwatch@example.police.uk", "di@example.police.uk"
    mail["Subject"], mail["Date"] = "[OFFICIAL-SENSITIVE] Overdue", format_datetime(MADE_AT)
    text = message.decode("ascii")
    mail.set_content(text[: len(text) // 3], cte="quoted-printable")
    mail.add_alternative(text[len(text) // 3 :], subtype="html", cte="quoted-printable")
    return mail.as_bytes()


def _line(number: int) -> Line:
    """Return an overdue line with everything that a line may say."""
    due_at = MADE_AT - timedelta(days=3, hours=4, minutes=number)
    notice = Notice(
        subject=f"C{number}|first-seen-high",
        generation=0,
        kind=Kind.OVERDUE,
        child_ref=f"NY/2021/{number:06}",
        rule="first-seen-high",
        step="manager",
        repeat=1,
        due_at=due_at,
        person="di@example.police.uk",
        passed_up=True,
        urgent=True,
    )
    return Line(
        notice,
        tier="high",
        unit="scarborough",
        officer="pc1@example.police.uk",
        started_at=due_at - timedelta(days=1),
        counts=("Child seen", "Child seen alone"),
        why="Knowsley local procedure (referral, 1 day)",
        next_role="head",
        next_at=MADE_AT + timedelta(hours=20),
        told=[_told(notice, step, hours) for hours, step in enumerate(("officer", "supervisor"))],
    )


def _told(notice: Notice, step: str, hours: int) -> Told:
    """Return who was told of a step before."""
    person = f"{step}@example.police.uk"
    return Told(notice._replace(step=step, person=person), notice.due_at + timedelta(hours=hours), Fate.SENT, "L")
