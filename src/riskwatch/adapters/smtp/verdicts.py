"""What a mail server's replies and a connection's faults mean for a letter."""

import ssl
from enum import Enum

import aiosmtplib

from riskwatch.core.notices import Outcome, Verdict

MAX_RESPONSE = 200

_ACCOUNT_CODES = frozenset({503, 530, 534, 535, 538})  # "log in first", in a server's various words


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
    return Outcome(Verdict.MISCONFIGURED, one_line(text))


def of_reply(stage: Stage, code: int, text: str) -> Outcome:
    """Return what a reply means. Only a lasting refusal of this recipient or letter is REFUSED: that one is final."""
    said = one_line(f"{code} {text}" if code > 0 else text)
    if stage is Stage.END and code // 100 == 2:
        return Outcome(Verdict.SENT, said)
    if code // 100 != 5:
        return Outcome(Verdict.LATER, said)
    # "Relay access denied" is said of a recipient, but it means us: were it final, every rung would count as empty.
    if stage in (Stage.CONNECT, Stage.SENDER) or code in _ACCOUNT_CODES or "relay" in text.lower():
        return Outcome(Verdict.MISCONFIGURED, said)
    return Outcome(Verdict.REFUSED, said)


def of_break(error: Exception) -> Outcome:
    """Return what a connection that broke, or spoke nonsense, under a letter means: try again."""
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return Outcome(Verdict.LATER, one_line(error.message))
    return Outcome(Verdict.LATER, one_line(f"connection lost ({error or type(error).__name__})"))


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
        return Outcome(Verdict.LATER, one_line(str(error) or type(error).__name__))
    if isinstance(error, aiosmtplib.SMTPException):
        return misconfigured(error.message)  # STARTTLS or AUTH is not offered
    return Outcome(Verdict.LATER, one_line(f"{type(error).__name__} while connecting"))
