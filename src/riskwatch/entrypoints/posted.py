"""A letter as `simulate` and `sweep` show it: to programs what was decided, to people what its recipient reads."""

from collections.abc import Sequence
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern
from typing import Any

from riskwatch.core.notices import Letter, Told
from riskwatch.entrypoints.console import stamp


def letter_record(at: datetime, letter: Letter, told: Sequence[Told]) -> dict[str, Any]:
    """Return a letter for programs."""
    notices = [
        {
            "kind": notice.kind,
            "child_ref": notice.child_ref,
            "rule": notice.rule,
            "step": notice.step,
            "repeat": notice.repeat,
            "due_at": stamp(notice.due_at),
            "passed_up": notice.passed_up,
        }
        for notice in (one.notice for one in told)
    ]
    return {"at": stamp(at), "to": letter.recipient, "notices": notices}


def letter_text(at: datetime, letter: Letter) -> str:
    """Return a letter as its recipient reads it, under a line that says when it goes and to whom."""
    message = message_from_bytes(letter.message, _class=EmailMessage, policy=modern)
    body = message.get_body(("plain",))
    text = "\n".join(body.get_content().splitlines()).rstrip() if isinstance(body, EmailMessage) else ""
    return f"=== {stamp(at)} to {letter.recipient}: {letter.subject} ===\n\n{text}\n"
