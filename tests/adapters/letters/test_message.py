"""The wire form, held against the standard library's parser."""

import email
import re
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskwatch.adapters.letters.message import Mail, Serializer, encoded, quoted, safe_id, subject_header
from riskwatch.adapters.letters.words import plain

NOW = datetime(2021, 9, 7, 9, 15, tzinfo=UTC)

subjects = st.one_of(
    st.text(max_size=300),
    st.text(alphabet=" =?_a\r\n\t\u202eé😀", max_size=300),
    st.lists(st.text(alphabet="abcdefghij", min_size=1, max_size=90), max_size=8).map(" ".join),
).map(lambda text: " ".join(plain(text, 300).split()))
bodies = st.one_of(
    st.text(alphabet=st.characters(exclude_characters="\r", exclude_categories=["Cs"])),
    st.text(alphabet="=_-. \t\n\x00\x0c\x85\u2028aé", max_size=400),
    st.lists(st.text(alphabet="From .-=_x", max_size=120), max_size=8).map("\n".join),
    st.lists(st.sampled_from([".", "..", "", "--=_id", "--=_id--", "x" * 899, "x" * 901, "<p>"])).map("\n".join),
)
ids = st.one_of(st.text(alphabet="0123456789abcdef", min_size=1, max_size=40), st.text(max_size=80))
WRITER = Serializer(sender="riskwatch@north.police.uk", sensitive=True)


def a_mail(**changes: object) -> Mail:
    """Return a message's parts."""
    mail = Mail("id", "pc1@north.police.uk", "Overdue", NOW, "text\n", "<p>page</p>\n")
    return mail._replace(**changes)  # type: ignore[arg-type]  # whatever field a test names


def parsed(raw: bytes) -> EmailMessage:
    """Return the message as the standard library reads it."""
    message = email.message_from_bytes(raw, policy=SMTP)
    assert isinstance(message, EmailMessage)
    return message


@given(subjects, bodies, bodies, ids, st.lists(ids, max_size=30))
def test_what_is_written_is_what_is_read(subject: str, text: str, html: str, ident: str, thread: list[str]) -> None:
    """Whatever a letter holds, a mail program reads back exactly that, and the wire carries plain ASCII lines."""
    raw = WRITER.serialize(a_mail(letter_id=ident, subject=subject, text=text, html=html, thread=tuple(thread)))
    assert raw.isascii()
    assert raw.count(b"\r") == raw.count(b"\n") == raw.count(b"\r\n")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    message = parsed(raw)
    assert message.defects == []
    assert message["Subject"] == subject
    assert message["To"] == "pc1@north.police.uk"
    assert message["Message-ID"] == f"<{safe_id(ident)}@north.police.uk>"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    for part, wanted in zip(message.iter_parts(), (text, html), strict=True):
        assert part.defects == []
        payload = part.get_payload(decode=True)
        assert isinstance(payload, bytes)
        ended = wanted if wanted.endswith("\n") else wanted + "\n"
        assert payload.decode().replace("\r\n", "\n") == ended


@given(st.text())
def test_no_id_leaves_its_header(ident: str) -> None:
    """An id of any shape becomes a plain one, and the same one each time."""
    assert safe_id(ident) == safe_id(ident)
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,60}", safe_id(ident))


@given(st.text())
def test_a_subject_is_one_header_or_none(subject: str) -> None:
    """A subject with a line end in it is refused, whatever else it holds; any other stays within its lines."""
    if not subject.isprintable():
        with pytest.raises(ValueError, match="printable"):
            subject_header(subject)
        return
    first, *rest = subject_header(subject).removesuffix("\r\n").split("\r\n")
    assert first.startswith("Subject: ")
    assert all(line.startswith(" ") for line in rest)


def test_subject_that_looks_encoded() -> None:
    """A case reference in the shape of an encoded word is shown as it is, not decoded."""
    subject = "case =?utf-8?b?RGVhciBtdW0=?="
    assert parsed(WRITER.serialize(a_mail(subject=subject)))["Subject"] == subject


def test_subject_is_bounded() -> None:
    """A subject beyond all reason is cut, and says so."""
    assert len(parsed(WRITER.serialize(a_mail(subject="x" * 10_000)))["Subject"]) == 400


def test_long_subject_is_folded() -> None:
    """A long subject is folded at spaces into lines that every server takes."""
    subject = " ".join(["scarborough"] * 20)
    header = subject_header(subject)
    assert max(map(len, header.split("\r\n"))) <= 78
    assert header.replace("\r\n ", " ") == f"Subject: {subject}\r\n"


def test_thread_is_bounded() -> None:
    """A thread of years keeps its first letter and the latest ones."""
    message = parsed(WRITER.serialize(a_mail(thread=tuple(f"l{n}" for n in range(500)))))
    references = message["References"].split()
    assert len(references) == 20
    assert (references[0], references[-1]) == ("<l0@north.police.uk>", "<l499@north.police.uk>")
    assert message["In-Reply-To"] == "<l499@north.police.uk>"


@pytest.mark.parametrize("recipient", ["a@b.uk\r\nBcc: x@evil.example", "a@b.uk, x@evil.example", "", "a b@c.uk"])
def test_recipient_that_is_no_address(recipient: str) -> None:
    """What is not one plain address does not come near a header."""
    message = parsed(WRITER.serialize(a_mail(recipient=recipient)))
    assert message["To"] == "undisclosed-recipients:;"
    assert message["Bcc"] is None


@pytest.mark.parametrize("sender", ["", "Risk <a@b.uk>", "a@b.uk\nX: y", "a@localhost"])
def test_sender_must_be_an_address(sender: str) -> None:
    """A sender that is not one plain address is refused before anything is written."""
    with pytest.raises(ValueError, match="sender"):
        Serializer(sender=sender, sensitive=False)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("plain\n", "7bit"),
        ("x" * 900, "7bit"),
        ("x" * 901, "quoted-printable"),
        ("Łódź", "quoted-printable"),
        ("a\n.\nb", "quoted-printable"),
        (".\nb", "quoted-printable"),
        ("--=_id--", "quoted-printable"),
        ("a\tb", "quoted-printable"),
        ("a\rb", "quoted-printable"),
        ("a\0b", "quoted-printable"),
    ],
)
def test_what_is_plain_goes_as_it_is(text: str, encoding: str) -> None:
    """Nothing is encoded that no server on the way could take for something else, or cut."""
    assert encoded(text)[0] == encoding


def test_soft_line_breaks_are_whole() -> None:
    """A long line without an end of its own is broken with CRLF, never with a bare LF."""
    raw = quoted("x" * 200)
    assert raw.count(b"\n") == raw.count(b"\r\n") == 3
