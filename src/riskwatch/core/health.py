"""How the service itself is: one judgement of its figures, for the health page, the service manager and a person."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from riskwatch.core.spelling import spell

SHORTEST_PASS = timedelta(hours=1)
"""A reading or a sweep that is younger than this is never missed, however often there should be one."""
PASSES_MISSED = 3
"""How many readings in a row may be left out before somebody should look."""
LETTER_WAIT = timedelta(hours=1)
"""How long a letter may wait for the mail server before somebody should look at it."""


class Problem(NamedTuple):
    """Something about the service that needs a person. `code` is for programs and stays the same."""

    code: str
    message: str


class Work(NamedTuple):
    """What a stage did: when it last went well, when it last ran at all, and the problem of that run, or blank."""

    good_at: datetime | None = None
    latest_at: datetime | None = None
    problem: str = ""


class Figures(NamedTuple):
    """What the judgement looks at, as it was `at`. Times are aware UTC; None where there is no such moment."""

    at: datetime
    refresh: Work = Work()
    sweep: Work = Work()
    delivery: Work = Work()
    audit: Work = Work()
    blind_since: datetime | None = None  # since when what the source gives is not believed
    blind_reason: str = ""
    oldest_unsent_at: datetime | None = None
    unclocked: int = 0  # children at risk for whom no rule has anything outstanding
    refused: str = ""  # why the files of the configuration were not taken up; blank where they were
    board: str = ""  # why the page of who is overdue was not written; blank where it was, or is not to be


class Limits(NamedTuple):
    """How long what should happen may be away."""

    pass_wait: timedelta
    letter_wait: timedelta = LETTER_WAIT

    @classmethod
    def of(cls, refresh_every: timedelta, letter_wait: timedelta = LETTER_WAIT) -> "Limits":
        """Return the limits of a service that reads so often, and whose letters may wait so long."""
        return cls(max(SHORTEST_PASS, PASSES_MISSED * refresh_every), letter_wait)


def problems(figures: Figures, limits: Limits) -> Sequence[Problem]:
    """Return what is wrong, the gravest first; nothing is wrong where there is none."""
    return [
        *reading_problems(figures, limits),
        *_deciding(figures, limits),
        *_sending(figures, limits),
        *_watching(figures),
    ]


def reading_problems(figures: Figures, limits: Limits) -> Sequence[Problem]:
    """Return why what is known may not show how things are: a list that is empty because nobody looked is no good
    news."""
    refresh = figures.refresh
    if refresh.latest_at is None:
        text = "the records were never read; start `riskwatch run`, or run `riskwatch sweep`"
        return [Problem("never-read", text)]
    found = []
    if figures.blind_since is not None:
        reason = refresh.problem or figures.blind_reason
        text = f"the last reading of the records failed: {reason}; blind since {_ago(figures.at, figures.blind_since)}"
        found.append(Problem("blind", text))
    elif refresh.problem:
        found.append(Problem("reading-failed", f"the last reading of the records failed: {refresh.problem}"))
    if refresh.good_at is None:
        found.append(Problem("never-read", "the records were never read without a problem"))
    elif figures.at - refresh.good_at > limits.pass_wait:
        text = f"the records were last read without a problem {_ago(figures.at, refresh.good_at)}"
        found.append(Problem("reading-overdue", f"{text}; is `riskwatch run` running?"))
    return found


def _deciding(figures: Figures, limits: Limits) -> Iterator[Problem]:
    sweep = figures.sweep
    if sweep.problem:
        yield Problem("sweep-failed", f"the last sweep failed: {sweep.problem}")
    if sweep.good_at is None:
        if figures.refresh.latest_at is not None:  # else that is the problem
            yield Problem("never-swept", "nothing was ever decided; start `riskwatch run`, or run `riskwatch sweep`")
    elif figures.at - sweep.good_at > limits.pass_wait:
        text = f"nothing was decided since {_ago(figures.at, sweep.good_at)}; is `riskwatch run` running?"
        yield Problem("sweep-overdue", text)


def _sending(figures: Figures, limits: Limits) -> Iterator[Problem]:
    if figures.delivery.problem:
        yield Problem("delivery-failed", f"the last delivery failed: {figures.delivery.problem}")
    oldest = figures.oldest_unsent_at
    if oldest is not None and figures.at - oldest > limits.letter_wait:
        yield Problem("letters-waiting", f"letters are not leaving: the oldest waits since {_ago(figures.at, oldest)}")


def _watching(figures: Figures) -> Iterator[Problem]:
    if figures.refused:
        text = f"the configuration was refused, and the one before it stays in force: {figures.refused}"
        yield Problem("configuration-refused", text)
    if figures.board:
        yield Problem("board-failed", f"the board is not being written, what it shows is old: {figures.board}")
    if figures.audit.problem:
        yield Problem("audit-failed", f"the last audit found something: {figures.audit.problem}")
    if figures.unclocked:
        text = (
            f"children at risk for whom no rule has anything outstanding: {figures.unclocked}; `riskwatch status` "
            "names them: assess them anew, or mend the policy"
        )
        yield Problem("unclocked", text)


def _ago(now: datetime, moment: datetime) -> str:
    stamp = moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")
    span = spell(now - moment)
    return f"{stamp}Z ({span} ago)" if span else f"{stamp}Z"
