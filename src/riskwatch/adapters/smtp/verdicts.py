"""What a mail server's replies and a connection's faults mean for a letter."""

import re
import ssl
from enum import Enum

import aiosmtplib

from riskwatch.core.notices import Letter, Outcome, Scope, Verdict

MAX_RESPONSE = 200

SEVERAL = 3
"""So many different letters whose content is refused, with none taken in between, are the server's doing."""

_ACCOUNT_CODES = frozenset({503, 530, 534, 535, 538})  # "log in first", in a server's various words
_CLOSING = 421
# Said of a recipient, but it means us: Postfix keeps such refusals until it has seen the recipient. Were they final,
# every rung would count as empty.
_MEANS_US = re.compile(r"relay|client host|sender address rejected|helo command rejected", re.IGNORECASE)


class Stage(Enum):
    """What the server was answering."""

    CONNECT = "connect"
    SENDER = "sender"
    RECIPIENT = "recipient"
    CONTENT = "content"
    END = "end"  # the final dot: the letter is with the server


class Trouble(Exception):
    """An attempt that ended before there was a connection to send on."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.response)
        self.outcome = outcome


def one_line(text: str) -> str:
    """Return the text on one line of printable characters, at most MAX_RESPONSE long."""
    printable = "".join(char if char.isprintable() else " " for char in text[: 2 * MAX_RESPONSE])
    return " ".join(printable.split())[:MAX_RESPONSE]


def misconfigured(text: str) -> Outcome:
    """Return that nothing can be sent until somebody mends what the text names."""
    return Outcome(Verdict.MISCONFIGURED, one_line(text), Scope.SERVER)


def unavailable(text: str, *, uncertain: bool = False) -> Outcome:
    """Return that the server takes no letters for the moment. `uncertain`: it may have taken this one."""
    return Outcome(Verdict.LATER, one_line(text), Scope.SERVER, uncertain=uncertain)


def of_reply(stage: Stage, code: int, text: str) -> Outcome:
    """Return what a reply means. Only a lasting refusal of this recipient or letter is REFUSED."""
    said = one_line(f"{code} {text}" if code > 0 else text)
    if stage is Stage.END and code // 100 == 2:
        return Outcome(Verdict.SENT, said)
    if code // 100 != 5:
        # A recipient may be greylisted, or a mailbox full; at any other place it is the server that has no room.
        if stage is Stage.RECIPIENT and code // 100 == 4 and code != _CLOSING:
            return Outcome(Verdict.LATER, said, Scope.RECIPIENT)
        return unavailable(said)
    if stage in (Stage.CONNECT, Stage.SENDER) or code in _ACCOUNT_CODES or _MEANS_US.search(text):
        return misconfigured(said)
    return Outcome(Verdict.REFUSED, said, Scope.RECIPIENT if stage is Stage.RECIPIENT else Scope.CONTENT)


class Streak:
    """Letters whose content a server refused, since it last took one of the same purpose.

    A letter about the service itself holds no link and no case: that it is taken says nothing of the others.
    """

    def __init__(self) -> None:
        self._purposes: dict[str, str] = {}  # by letter_id

    def judged(self, letter: Letter, outcome: Outcome) -> Outcome:
        """Return the outcome; a refusal of content that meets several letters in a row is a misconfiguration."""
        if outcome.verdict is Verdict.SENT:
            if self._purposes:
                self._purposes = {key: said for key, said in self._purposes.items() if said != letter.purpose}
            return outcome
        if outcome.verdict is not Verdict.REFUSED or outcome.scope is not Scope.CONTENT:
            return outcome
        if len(self._purposes) < SEVERAL:
            self._purposes[letter.letter_id] = letter.purpose
        if len(self._purposes) < SEVERAL:
            return outcome
        text = f"the content of different letters is refused: {outcome.response}"
        return Outcome(Verdict.MISCONFIGURED, one_line(text), Scope.CONTENT)


def of_break(error: Exception, *, handed_over: bool) -> Outcome:
    """Return what a connection that broke, or spoke nonsense, under a letter means: try again."""
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return unavailable(error.message, uncertain=handed_over)
    return unavailable(f"connection lost ({error or type(error).__name__})", uncertain=handed_over)


def of_connecting(error: Exception) -> Outcome:
    """Return what a failure to connect, encrypt or log in means."""
    cause: BaseException | None = error
    while cause is not None:
        # A handshake cut short is a server going down; any other fault of TLS stays until somebody mends it.
        if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            return misconfigured(f"TLS: {cause.reason or ''} {getattr(cause, 'verify_message', '')}")
        cause = cause.__cause__
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return of_reply(Stage.CONNECT, error.code, error.message)
    if isinstance(error, OSError):
        return unavailable(str(error) or type(error).__name__)
    if isinstance(error, aiosmtplib.SMTPException):
        return misconfigured(error.message)  # STARTTLS or AUTH is not offered
    return unavailable(f"{type(error).__name__} while connecting")
