"""The auditor's judgement of one child: whether the books hold what the facts say is owed, and who was to be told."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import blake2b
from typing import NamedTuple

from riskwatch.core.account import Account, Obligation
from riskwatch.core.climb import Case
from riskwatch.core.mandate import Mandate
from riskwatch.core.notices import Fate, LetterState, Told
from riskwatch.core.policy import Apply
from riskwatch.core.retelling import View, latest_look, untold
from riskwatch.core.tracking import Basis, Standing, Tracked, Watched

RECENT = timedelta(days=1)
"""How far back what has ended, and what was told of it, is judged."""


class Code(StrEnum):
    """What is wrong with the books. The codes are stable: programs may rely on them."""

    UNWATCHED = "child-unwatched"
    DIFFERS = "child-differs"
    UNRECKONABLE = "child-unreckonable"
    MISSING = "obligation-missing"
    DEADLINE = "deadline-later"
    END_MISSED = "end-missed"
    UNOWED = "obligation-unowed"
    ASLEEP = "next-look-missing"
    UNTOLD = "notice-untold"
    TOLD_AHEAD = "told-ahead"
    TOLD_UNOWED = "notice-unowed"
    UNSENT = "notice-without-letter"
    STUCK = "letter-stuck"


class Finding(NamedTuple):
    """One thing that is wrong, said to a person in `sentence`. `subject` is the key of what it is about.

    `certain` is False where a refresh or a sweep that is still to come may explain it: it counts when it has lasted.
    """

    code: Code
    child_ref: str
    subject: str
    sentence: str
    certain: bool = True

    @property
    def key(self) -> str:
        """Its identity from one look to the next."""
        return f"{self.code}|{self.subject}"


class Posted(NamedTuple):
    """A notice, and where its letter stands; None where it has none."""

    told: Told
    letter: LetterState | None


class Kept(NamedTuple):
    """Everything that the books hold of one child. `watched` is None where they do not know it."""

    watched: Watched | None
    tracked: Sequence[Tracked] = ()
    posted: Sequence[Posted] = ()


def fingerprint(mandate: Mandate) -> str:
    """Return a short digest of the policy and the directory: whether who is to be told may have changed."""
    people = mandate.directory
    units = [(name, sorted(roles.items())) for name, roles in sorted(people.units.items())]
    rest = (people.fallback, sorted(people.allowed_domains), sorted(people.default_unit.items()), people.absences)
    return f"{mandate.fingerprint}-{blake2b(repr((units, rest)).encode(), digest_size=8).hexdigest()}"


def judge(facts: Watched, account: Account, kept: Kept, view: View) -> Iterator[Finding]:
    """Yield what is wrong with the books of one child.

    `facts` is the child as its records are now, with the digest of its rows: books that hold the same digest have taken
    up these very rows, and have no excuse.
    """
    books = kept.watched
    current = books is not None and books.digest == facts.digest and not _is_due(books.next_known_at, view.now)
    yield from _child(facts, kept, current=current)
    by_key = {tracked.key: tracked for tracked in kept.tracked}
    owed = {one.key: one for one in account.outstanding}
    for key, one in owed.items():
        if one.owed_from <= view.grace_from or key in by_key:
            yield from _owed(one, by_key.get(key), view, current=current)
    yield from _no_longer(account, by_key, owed, view, current=current)
    yield from _closures(account, by_key, view, current=current)
    told: dict[str, list[Told]] = {}
    for posted in kept.posted:
        told.setdefault(posted.told.notice.subject, []).append(posted.told)
        yield from _letter(posted)
    for tracked in kept.tracked:
        case = Case(tracked, facts, told.get(tracked.key, ()))
        yield from _telling(case, view, owed=tracked.key in owed, current=current)
    known = {*by_key, *owed, *(one.key for one in account.ended), *(one.key for one in account.unhonoured)}
    yield from _told_unowed(told, known, view, current=current)


def judge_absent(kept: Kept) -> Iterator[Finding]:
    """Yield what the books hold open of a child of which the agency has no record any more.

    The next two full readings doubt it and withdraw it; what they leave standing is wrong.
    """
    for tracked in kept.tracked:
        if tracked.ended_at is None and tracked.doubted_at is None:
            sentence = f"{_name(tracked)} is kept open, but the agency has no record of the child any more"
            yield Finding(Code.UNOWED, tracked.child_ref, tracked.key, sentence, certain=False)


# --- the child --------------------------------------------------------------------------------------------------------
def _child(facts: Watched, kept: Kept, *, current: bool) -> Iterator[Finding]:
    ref, books = facts.child_ref, kept.watched
    if books is None:
        sentence = "the agency has records of the child, but it is not watched"
        yield Finding(Code.UNWATCHED, ref, ref, sentence, certain=bool(kept.tracked))
        return
    names = ("unit", "officer", "tier", "standing")
    wrong = [name for name in names if getattr(books, name) != getattr(facts, name)]
    if facts.next_known_at is not None and not _is_due(books.next_known_at, facts.next_known_at):
        wrong.append("next record of the future")
    if wrong:
        sentence = f"the child is kept with another {', '.join(wrong)} than its records give"
        yield Finding(Code.DIFFERS, ref, ref, sentence, certain=current)


def _is_due(at: datetime | None, by: datetime) -> bool:
    return at is not None and at <= by


# --- what is owed -----------------------------------------------------------------------------------------------------
def _owed(owed: Obligation, tracked: Tracked | None, view: View, *, current: bool) -> Iterator[Finding]:
    what = f"{owed.rule.name}, due {_stamp(owed.due_at)},"
    if tracked is None:
        yield Finding(Code.MISSING, owed.child_ref, owed.key, f"{what} is owed, but not kept", certain=current)
    elif tracked.ended_at is not None:
        sentence = f"{what} is owed, but kept as ended ({tracked.ending})"
        yield Finding(Code.MISSING, owed.child_ref, owed.key, sentence, certain=current)
    elif tracked.due_at > owed.due_at and not _was_given(tracked, view):
        sentence = f"{what} is kept with a later deadline, {_stamp(tracked.due_at)}"
        yield Finding(Code.DEADLINE, owed.child_ref, owed.key, sentence, certain=current)


def _was_given(tracked: Tracked, view: View) -> bool:
    """Whether its deadline may be one that an earlier policy gave it, and the policy in force lets stand."""
    lets_stand = view.mandate.policy.apply is Apply.FROM_NOW
    return lets_stand and view.since is not None and tracked.owed_from < view.since


def _no_longer(
    account: Account, by_key: Mapping[str, Tracked], owed: Mapping[str, Obligation], view: View, *, current: bool
) -> Iterator[Finding]:
    """Yield what is kept open although it has ended, or was never owed; what is doubted is on its way out."""
    ended = {one.key: one for one in account.ended}
    closures = {one.key for one in account.unhonoured}
    for key, tracked in by_key.items():
        if tracked.ended_at is not None or key in owed or key in closures:
            continue
        end = ended.get(key)
        if end is None:
            if tracked.doubted_at is None:
                sentence = f"{_name(tracked)} is kept open, but the records do not ask for it"
                yield Finding(Code.UNOWED, tracked.child_ref, key, sentence, certain=current)
        elif end.ended_at is not None and end.ended_at <= view.grace_from:
            sentence = f"{_name(tracked)} is kept open, but ended {_stamp(end.ended_at)} ({end.ending})"
            yield Finding(Code.END_MISSED, tracked.child_ref, key, sentence, certain=current)


def _closures(account: Account, by_key: Mapping[str, Tracked], view: View, *, current: bool) -> Iterator[Finding]:
    """Yield the closure that is not honoured, that matters still, and that nobody is to hear of."""
    waits = account.standing is Standing.WAITING
    if not waits and not (account.standing is Standing.CLOSED and account.outstanding):
        return
    for closure in account.unhonoured[-1:]:
        if closure.settled_at is None and closure.key not in by_key and closure.known_at <= view.grace_from:
            sentence = "the closing of the record is not honoured, but nobody is to hear of it"
            yield Finding(Code.MISSING, closure.child_ref, closure.key, sentence, certain=current)


# --- what was told ----------------------------------------------------------------------------------------------------
def _telling(case: Case, view: View, *, owed: bool, current: bool) -> Iterator[Finding]:
    tracked = case.tracked
    ref, key = tracked.child_ref, tracked.key
    is_open = tracked.ended_at is None
    if is_open and tracked.basis is not Basis.CLOSING:
        if not owed:
            return
        if tracked.told_until is not None and tracked.told_until > view.now:
            sentence = f"{_name(tracked)} is kept as told until {_stamp(tracked.told_until)}, which is yet to come"
            yield Finding(Code.TOLD_AHEAD, ref, key, sentence)
        latest = latest_look(case, view)
        if latest is not None and (tracked.next_notice_at is None or tracked.next_notice_at > latest):
            when = "never" if tracked.next_notice_at is None else _stamp(tracked.next_notice_at)
            sentence = f"{_name(tracked)} is to be looked at by {_stamp(latest)}, but is kept for {when}"
            yield Finding(Code.ASLEEP, ref, key, sentence)
    elif tracked.ended_at is not None and tracked.ended_at < view.now - RECENT:
        return
    looked_at = tracked.next_notice_at is None if not is_open else tracked.told_until is not None
    steps = [f"{one.step} (repeat {one.repeat})" if one.repeat else one.step for one in untold(case, view)]
    if steps:
        sentence = f"{_name(tracked)} was not told at the step {', '.join(steps)}"
        yield Finding(Code.UNTOLD, ref, key, sentence, certain=current and looked_at)


def _told_unowed(
    told: Mapping[str, Sequence[Told]], known: set[str], view: View, *, current: bool
) -> Iterator[Finding]:
    for subject, notices in told.items():
        latest = max(one.decided_at for one in notices)
        if subject not in known and latest >= view.now - RECENT:
            sentence = f"{notices[0].notice.rule} was told of {_stamp(latest)}, but is neither owed nor kept"
            yield Finding(Code.TOLD_UNOWED, notices[0].notice.child_ref, subject, sentence, certain=current)


_ON_THE_WAY = (LetterState.PENDING, LetterState.SENDING)
_LETTERS = {
    Fate.SENT: (LetterState.SENT,),
    Fate.PENDING: _ON_THE_WAY,
    Fate.SENDING: _ON_THE_WAY,
}


def _letter(posted: Posted) -> Iterator[Finding]:
    notice, fate = posted.told.notice, posted.told.fate
    if posted.letter not in _LETTERS.get(fate, (posted.letter,)):
        stands = "is not there" if posted.letter is None else f"is {posted.letter}"
        sentence = f"{notice.rule}, step {notice.step}: the notice is {fate}, but its letter {stands}"
        yield Finding(Code.UNSENT, notice.child_ref, notice.key, sentence)


def _name(tracked: Tracked) -> str:
    return f"{tracked.rule}, due {_stamp(tracked.due_at)},"


def _stamp(at: datetime) -> str:
    return f"{at.isoformat()[:16]}Z"
