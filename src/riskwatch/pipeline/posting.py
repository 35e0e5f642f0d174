"""Posting: letters about the service itself, put into the outbox."""

from datetime import datetime
from hashlib import blake2b

from riskwatch.core.calendar import EARLIEST
from riskwatch.core.notices import Letter, ServiceLetter
from riskwatch.pipeline.ports import Letters, Transaction


def identity(*of: object) -> str:
    """Return the id of a letter by what makes it one: two daemons that write the same letter write it once."""
    return blake2b(" ".join(map(str, of)).encode(), digest_size=16).hexdigest()


def post(tx: Transaction, letters: Letters, words: ServiceLetter, *, first: bool = False) -> None:
    """Word a letter and put it into the outbox; one that stands already is left as it is.

    `first`: it goes before any other letter.
    """
    rendered = letters.render_service(words)
    letter = Letter(
        letter_id=words.letter_id,
        recipient=words.recipient,
        purpose=words.purpose,
        subject=rendered.subject,
        message=rendered.message,
        urgent=first,
        due_at=EARLIEST if first else words.made_at,
        made_at=words.made_at,
        next_attempt_at=words.made_at,
    )
    tx.add_letters([letter])


def take_turn(tx: Transaction, name: str, now: datetime) -> None:
    """Wait for any other daemon that is in the middle of the same: the row is the lock, until the transaction ends."""
    tx.remember(name, now.isoformat())
