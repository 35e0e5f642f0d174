"""What becomes of a letter that a mail server refused for good, and who is told of it."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import blake2b

from riskwatch.core.directory import Directory
from riskwatch.core.notices import Letter, Outcome, Scope, ServiceLetter, Verdict
from riskwatch.pipeline.ports import Letters

CONTENT_ATTEMPTS = 3
"""A server that refuses what a letter says is asked so often before its recipient counts as one who cannot be told."""

_PASSED_UP = (
    "What the letter said is passed up to the next person of the ladder. Correct the address in directory.toml, or in "
    "the agency's own record of the child's officer."
)
_CONTENT = (
    "It was what the letter says that was refused, not the person: a filter on the way may be the cause. The letter is "
    "tried {attempts} times; if it is refused each time, what it said is passed up to the next person of the ladder."
)
_LAST_RESORT = (
    "This is the fallback mailbox: nobody stands above it. The letter is tried again for ever, a quarter of an hour "
    "apart at the longest. Correct `fallback` in directory.toml, or have the mailbox mended."
)
_NOT_PASSED_UP = "It was a letter of the service itself ({purpose}): nobody else has had it. Correct directory.toml."
_ADDRESS = re.compile(r"[^\s<>@]+@[^\s<>@]+")


def judged(letter: Letter, outcome: Outcome, directory: Directory) -> Outcome:
    """Return the outcome that counts, where the server refused for good: LATER, while the letter is tried all the same.

    - A content that is refused is tried again before its recipient is given up: filters change their minds.
    - A notice to the fallback mailbox is never given up. It stands last on every ladder, so that there is nobody to
      pass the notice up to, and it would vanish. When directory.toml names another mailbox, the next refusal by the old
      one is final, and the new one is told.
    """
    if outcome.verdict is not Verdict.REFUSED:
        return outcome
    content_again = outcome.scope is Scope.CONTENT and letter.attempts + 1 < CONTENT_ATTEMPTS
    if content_again or _is_last_resort(letter, directory):
        return outcome._replace(verdict=Verdict.LATER, refused=True)
    return outcome


def complaints(
    outcomes: Iterable[tuple[Letter, Outcome]], directory: Directory, letters: Letters, now: datetime
) -> Iterator[Letter]:
    """Yield the letters that tell the administrator of refusals: one for each letter, however often it is refused."""
    for letter, outcome in outcomes:
        if outcome.verdict is not Verdict.REFUSED and not outcome.refused:
            continue
        if letter.recipient == directory.administrator and letter.purpose != "notices":
            continue  # a letter about a letter about a letter helps nobody: the log and the status say it
        identity = blake2b(f"refused {letter.letter_id}".encode(), digest_size=16).hexdigest()
        words = ServiceLetter(
            letter_id=identity,
            recipient=directory.administrator,
            made_at=now,
            purpose="refused",
            subject=f"A letter to {letter.recipient} was refused",
            paragraphs=(
                f"The mail server refused a letter to {letter.recipient} for good. It said: {outcome.response}",
                _what_follows(letter, outcome, directory),
            ),
            heads=("What is wrong", "What follows, and what to do"),
        )
        rendered = letters.render_service(words)
        complaint = Letter(
            identity, directory.administrator, "refused", rendered.subject, rendered.message, True, now, now
        )
        yield complaint._replace(next_attempt_at=now)


def without_addresses(response: str) -> str:
    """Return what a server said without the addresses in it: logs hold no personal data."""
    return _ADDRESS.sub("(address)", response)


def _is_last_resort(letter: Letter, directory: Directory) -> bool:
    return letter.recipient == directory.fallback and letter.purpose == "notices"


def _what_follows(letter: Letter, outcome: Outcome, directory: Directory) -> str:
    if letter.purpose != "notices":
        return _NOT_PASSED_UP.format(purpose=letter.purpose)
    if _is_last_resort(letter, directory):
        return _LAST_RESORT
    return _CONTENT.format(attempts=CONTENT_ATTEMPTS) if outcome.scope is Scope.CONTENT else _PASSED_UP
