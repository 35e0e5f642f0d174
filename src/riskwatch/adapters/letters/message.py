"""The wire form of a letter: multipart/alternative, text and HTML, seven bits, CRLF, nothing else ever.

The standard library builds any message there can be, and takes longer over it than SMTP does; this builds the one kind
that we send. Tests hold it against the standard library's parser.
"""

import re
from base64 import b64encode
from binascii import b2a_qp
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from riskwatch.core.directory import domain_of

MAX_SUBJECT = 400
MAX_THREAD = 20
"""Ids in References: the first letter's, by which mail programs gather a thread, and the latest ones."""

_LINE = 78
_BODY_LINE = 900  # 998 is what a server must take (RFC 5321, 4.5.3.1.6)
_PLAIN = bytes(range(32, 127)) + b"\n"
_WORD_BYTES = 42  # with its wrapping 68 characters: the first one fits on the line of "Subject: "
_ID = re.compile(r"[A-Za-z0-9_-]{1,60}")  # a message id's left side, and a boundary, without quoting


class Mail(NamedTuple):
    """What one message holds. `subject` is a single line; `thread` are ids of earlier letters, oldest first."""

    letter_id: str
    recipient: str
    subject: str
    made_at: datetime
    text: str
    html: str
    thread: tuple[str, ...] = ()


def safe_id(letter_id: str) -> str:
    """Return the id as it stands in headers: itself where it is plain, else a digest of it."""
    if _ID.fullmatch(letter_id):
        return letter_id
    return blake2b(letter_id.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def subject_header(subject: str) -> str:
    """Return the folded Subject header with its line end. ValueError where the subject is not one printable line."""
    if not subject.isprintable():
        raise ValueError("a subject must be one line of printable characters")
    if len(subject) > MAX_SUBJECT:
        subject = subject[: MAX_SUBJECT - 3] + "..."
    # "=?" in plain text would be read as an encoded word; runs of white space would be lost where the line is folded.
    if not subject.isascii() or "=?" in subject or subject.split(" ") != subject.split():
        return f"Subject: {_encoded_words(subject)}\r\n"
    return _folded(f"Subject: {subject}") + "\r\n"


def _encoded_words(subject: str) -> str:
    chunks, chunk = [], b""
    for char in subject:
        encoded = char.encode()
        if len(chunk) + len(encoded) > _WORD_BYTES:
            chunks.append(chunk)
            chunk = b""
        chunk += encoded
    chunks.append(chunk)
    return "\r\n ".join(f"=?utf-8?b?{b64encode(chunk).decode()}?=" for chunk in chunks)


def _folded(header: str) -> str:
    """Fold at spaces; a word too long for a line stays whole, which MAX_SUBJECT holds well below 998."""
    if len(header) <= _LINE:
        return header
    name, *words = header.split(" ")
    lines, line = [], f"{name} {words[0]}"
    for word in words[1:]:
        if len(line) + 1 + len(word) > _LINE:
            lines.append(line)
            line = ""
        line += f" {word}"
    return "\r\n".join([*lines, line])


def encoded(text: str) -> tuple[str, bytes]:
    """Return the name of a transfer encoding and the text in it, with CRLF line ends, the last line ended.

    Plain ASCII in short lines goes as it is: it is smaller, and read by people and filters alike.
    """
    lines = text if text.endswith("\n") else f"{text}\n"
    raw = lines.encode("utf-8", "replace")
    # A dot alone on its line may end the letter at a careless server; "--=_" could be taken for our boundary.
    plain = not raw.translate(None, _PLAIN) and b"\n.\n" not in raw and b"--=_" not in raw and raw[:2] != b".\n"
    if plain and max(map(len, raw.split(b"\n"))) <= _BODY_LINE:
        return "7bit", raw.replace(b"\n", b"\r\n")
    return "quoted-printable", quoted(lines)


def quoted(text: str) -> bytes:
    """Return the text as quoted-printable UTF-8 with CRLF line ends, the last line ended."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    if not lines.endswith("\n"):
        lines += "\n"
    # b2a_qp takes its line end from the first one that it meets, for its own soft breaks too.
    body = b2a_qp(lines.replace("\n", "\r\n").encode("utf-8", "replace"), quotetabs=False, istext=True, header=False)
    # A soft break may leave a dot alone on its line: stuffed on the way, but not all servers on the way are careful.
    return body.replace(b"\r\n.\r\n", b"\r\n=2E\r\n")


@lru_cache(maxsize=64)
def _date(made_at: datetime) -> str:
    return format_datetime(made_at)


class Serializer:
    """Gives letters of one sender their wire form."""

    def __init__(self, *, sender: str, sensitive: bool) -> None:
        """ValueError where `sender` is not one plain lower-case address."""
        domain = domain_of(sender)
        if domain is None:
            raise ValueError("sender must be one plain lower-case email address")
        self._domain = domain
        self._head = f"From: {sender}\r\n"
        sensitivity = "Sensitivity: Company-Confidential\r\n" if sensitive else ""
        self._marks = (
            f"{sensitivity}Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\nMIME-Version: 1.0\r\n"
        )

    def serialize(self, mail: Mail) -> bytes:
        """Return the message: ASCII, CRLF, no line beyond 998. ValueError where the subject is not one printable line.

        A recipient that is not one plain address does not enter the header; the envelope is the outbox's to refuse.
        """
        ident = safe_id(mail.letter_id)
        recipient = mail.recipient if domain_of(mail.recipient) is not None else "undisclosed-recipients:;"
        head = (
            f"{self._head}To: {recipient}\r\n{subject_header(mail.subject)}Date: {_date(mail.made_at)}\r\n"
            f"Message-ID: <{ident}@{self._domain}>\r\n{self._thread(mail.thread)}{self._marks}"
            f'Content-Type: multipart/alternative; boundary="=_{ident}"\r\n\r\n'
        )
        # Quoted-printable never holds "=_", and what goes as it is was looked through: no body can hold the boundary.
        part = f'--=_{ident}\r\nContent-Type: text/%s; charset="utf-8"\r\nContent-Transfer-Encoding: %s\r\n\r\n'
        (of_text, text), (of_html, html) = encoded(mail.text), encoded(mail.html)
        return b"".join(
            (
                (head + part % ("plain", of_text)).encode("ascii"),
                text,
                ("\r\n" + part % ("html", of_html)).encode("ascii"),
                html,
                f"\r\n--=_{ident}--\r\n".encode("ascii"),
            )
        )

    def _thread(self, thread: tuple[str, ...]) -> str:
        if not thread:
            return ""
        if len(thread) > MAX_THREAD:
            thread = (thread[0], *thread[1 - MAX_THREAD :])
        ids = [f"<{safe_id(letter)}@{self._domain}>" for letter in thread]
        return f"In-Reply-To: {ids[-1]}\r\nReferences: " + "\r\n ".join(ids) + "\r\n"
