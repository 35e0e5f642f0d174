"""Drafts with valid defaults, and what a reader sees of the letter made from them."""

import email
import re
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from html import unescape
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from riskwatch.adapters.letters import LetterWriter
from riskwatch.core.notices import Draft, Fate, Kind, Line, Notice, Rendered, Told

TEMPLATES = Path(__file__).parents[3] / "templates"
LONDON = ZoneInfo("Europe/London")
DUE = datetime(2021, 9, 7, 9, 15, tzinfo=UTC)
DAY = timedelta(days=1)
OFFICER, SERGEANT = "pc1@north.police.uk", "ds@north.police.uk"


def a_writer(
    *, templates: Path | None = TEMPLATES, marking: str = "OFFICIAL-SENSITIVE", case_link: str = ""
) -> LetterWriter:
    """Return a writer on the shipped templates."""
    return LetterWriter(
        templates=templates,
        marking=marking,
        case_link=case_link,
        sender="riskwatch@north.police.uk",
        timezone=LONDON,
    )


def a_line(kind: Kind = Kind.OVERDUE, **changes: Any) -> Line:
    """Return a line; `changes` name fields of the line or of its notice."""
    notice = Notice(
        subject="C1|first-seen-high",
        generation=0,
        kind=kind,
        child_ref="C1",
        rule="first-seen-high",
        step="officer",
        repeat=0,
        due_at=DUE,
        person=OFFICER,
        passed_up=False,
        urgent=True,
    )
    line = Line(
        notice,
        tier="high",
        unit="scarborough",
        officer=OFFICER,
        started_at=DUE - timedelta(hours=24),
        counts=("Child seen", "Child seen alone"),
        why="Knowsley local procedure",
        next_role="supervisor",
        next_at=DUE + timedelta(hours=4),
    )
    of_notice = {name: changes.pop(name) for name in list(changes) if name in Notice._fields}
    return line._replace(notice=notice._replace(**of_notice), **changes)


def a_telling(step: str, hours: float, person: str, fate: Fate = Fate.SENT, **of_notice: Any) -> Told:
    """Return who was told of a step, so many hours after the deadline."""
    notice = a_line().notice._replace(step=step, person=person, **of_notice)
    return Told(notice, DUE + timedelta(hours=hours), fate, "L")


def a_draft(*lines: Line, **changes: Any) -> Draft:
    """Return a draft to the officer, made at the deadline."""
    return Draft("0123456789abcdef", OFFICER, DUE, lines or (a_line(),))._replace(**changes)


def a_closure(**changes: object) -> Line:
    """Return the line of a closure that is not honoured."""
    known: dict[str, object] = {"rule": "closing", "step": "closed_unchecked", "why": "", "officer": ""}
    known |= {"started_at": None, "counts": ("Closure authorised by a supervisor",)}
    return a_line(Kind.CLOSED_UNCHECKED, **known, next_role="", next_at=None, **changes)


def a_clearing(**changes: object) -> Line:
    """Return the line of an obligation that is over."""
    return a_line(Kind.CLEARED, **{"step": "cleared", "ending": "discharged", "next_role": "", **changes})


def a_mixed_draft() -> Draft:
    """Return a draft of every kind, its lines in no order."""
    return a_draft(
        a_clearing(child_ref="C4", due_at=DUE - DAY, ending="authorised", ended_at=DUE),
        a_line(Kind.REMINDER, child_ref="C3", due_at=DUE + timedelta(hours=12), passed_up=True),
        a_line(
            due_at=DUE - DAY,
            repeat=2,
            told=(a_telling("officer", -24, SERGEANT), a_telling("supervisor", -20, OFFICER, Fate.PENDING)),
        ),
        a_closure(child_ref="C2", due_at=DUE - 2 * DAY),
        held_back=2,
    )


def parsed(rendered: Rendered) -> EmailMessage:
    """Return the message as a mail program reads it."""
    message = email.message_from_bytes(rendered.message, policy=SMTP)
    assert isinstance(message, EmailMessage)
    assert message.defects == []
    return message


def body(rendered: Rendered, kind: str) -> str:
    """Return the text ("plain") or page ("html"), its line ends as LF."""
    part = parsed(rendered).get_body((kind,))
    assert isinstance(part, EmailMessage)
    content: str = part.get_content()
    return content.replace("\r\n", "\n")


def text(rendered: Rendered) -> str:
    """Return the plain text."""
    return body(rendered, "plain")


def page_words(rendered: Rendered) -> str:
    """Return what a reader of the page sees, in one line; where a link leads stands behind its words."""
    page = re.sub(r"(?s)<head>.*</head>|<div style=\"display:none[^>]*>.*?</div>", "", body(rendered, "html"))
    page = re.sub(r"(?s)<a [^>]*?href=\"([^\"]*)\"[^>]*>(.*?)</a>", r"\2 \1", page)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page)).split())


def preheader(rendered: Rendered) -> str:
    """Return what a mail program shows beside the subject."""
    found = re.search(r"(?s)<div style=\"display:none[^>]*>(.*?)</div>", body(rendered, "html"))
    assert found is not None
    return unescape(found[1])
