"""Marks a letter of a rehearsal: everybody who opens it sees that it is one, and for whom it was meant."""

import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from html import escape

_WIRE = SMTP.clone(max_line_length=998)  # at the default length, long References are mangled
_BODY = re.compile(r"<body\b[^>]*>", re.IGNORECASE)
_BANNER = (
    '<p style="margin:0;padding:12px 16px;background:#fff3cd;color:#3d2f00;border:2px solid #3d2f00;'
    'font:bold 16px/1.4 Arial,sans-serif">{}</p>'
)


def rehearsed(message: bytes, *, meant_for: str, to: str) -> bytes:
    """Return a letter in its wire form, marked in its subject and at the top of both twins, and addressed to `to`.

    The marks are set here and not in a template, so that no template can leave them out. All other headers stay.
    """
    letter = message_from_bytes(message, _class=EmailMessage, policy=_WIRE)
    words = f"REHEARSAL. riskwatch is being tried out: this letter would have gone to {meant_for}, who has not had it."
    subject = str(letter["Subject"] or "")
    for name, value in (("Subject", f"[REHEARSAL for {meant_for}] {subject}"), ("To", to)):
        del letter[name]
        letter[name] = value
    letter["X-Riskwatch-Rehearsal"] = "yes"
    for part in letter.walk():
        kind = part.get_content_type()
        if kind == "text/plain":
            _set(part, f"{words}\n{'-' * 72}\n\n{part.get_content()}", "plain")
        elif kind == "text/html":
            _set(part, _with_banner(part.get_content(), _BANNER.format(escape(words))), "html")
    return letter.as_bytes()


def _with_banner(page: str, banner: str) -> str:
    found = _BODY.search(page)
    at = found.end() if found else 0
    return f"{page[:at]}\n{banner}\n{page[at:]}"


def _set(part: EmailMessage, content: str, subtype: str) -> None:
    part.set_content(content.replace("\r\n", "\n"), subtype=subtype, charset="utf-8", cte="quoted-printable")
