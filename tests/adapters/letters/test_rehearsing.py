"""A rehearsal's letter: nobody who opens it can take it for a real one, and nothing else of it has changed."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from riskwatch.adapters.letters.rehearsing import rehearsed
from riskwatch.core.notices import Rendered
from tests.adapters.letters.drafts import OFFICER, a_draft, a_line, a_mixed_draft, a_writer, body, page_words

TO = "trial@north.police.uk"


def _read(message: bytes) -> EmailMessage:
    letter = message_from_bytes(message, policy=SMTP)
    assert isinstance(letter, EmailMessage)
    assert [] == letter.defects
    return letter


def _marked(rendered: Rendered) -> Rendered:
    return rendered._replace(message=rehearsed(rendered.message, meant_for=OFFICER, to=TO))


def test_the_subject_says_so_first_and_names_who_would_have_had_it() -> None:
    """A list of letters shows the subject alone."""
    rendered = a_writer().render(a_draft())
    letter = _read(_marked(rendered).message)
    assert f"[REHEARSAL for {OFFICER}] {rendered.subject}" == letter["Subject"]
    assert TO == letter["To"]


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_each_twin_opens_with_the_mark(kind: str) -> None:
    """Whichever twin a mail program shows, the mark is above everything else."""
    rendered = _marked(a_writer().render(a_mixed_draft()))
    words = page_words(rendered) if kind == "html" else body(rendered, kind)
    assert words.startswith(f"REHEARSAL. riskwatch is being tried out: this letter would have gone to {OFFICER}")


def test_everything_else_stays_as_it_would_have_been() -> None:
    """What is rehearsed is the letter: its words, its id, its thread and its date."""
    rendered = a_writer().render(a_draft(thread=tuple(f"earlier{n}" for n in range(15))))
    before, after = _read(rendered.message), _read(_marked(rendered).message)
    for name in ("From", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted", "Sensitivity"):
        assert before[name] == after[name]
    assert body(_marked(rendered), "plain").endswith(body(rendered, "plain"))


def test_a_page_without_a_body_is_marked_too() -> None:
    """A template may be anything: the mark does not depend on it."""
    message = (
        b'Subject: x\r\nTo: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset="utf-8"\r\n\r\n'
        b"<b>late</b>\r\n"
    )
    page = _read(rehearsed(message, meant_for="<b>@north.police.uk", to=TO)).get_content()
    assert page.index("REHEARSAL") < page.index("<b>late")
    assert "<b>@north" not in page


def test_a_subject_of_any_words_stays_one_header() -> None:
    """Long words and other alphabets are folded and encoded again; nothing spills into the next header."""
    line = a_line(child_ref="Ω" * 60, unit="scarborough " * 8)
    letter = _read(_marked(a_writer().render(a_draft(line))).message)
    assert letter["Subject"].startswith(f"[REHEARSAL for {OFFICER}] ")
    assert "Ω" * 60 in letter["Subject"]
    assert TO == letter["To"]
