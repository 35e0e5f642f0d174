"""The auditor's judgement: one child, its books, and what is wrong with them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from riskwatch.core.audit import Code, Finding, Kept, Posted, fingerprint, judge, judge_absent
from riskwatch.core.climb import Case
from riskwatch.core.directory import Directory
from riskwatch.core.facts import History
from riskwatch.core.notices import Fate, Kind, LetterState, Told
from riskwatch.core.obligations import fold
from riskwatch.core.policy import Apply, Policy
from riskwatch.core.retelling import View, untold
from riskwatch.core.tracking import Basis, Ending, Tracked, Watched
from tests.builders import (
    DI,
    DS,
    FALLBACK,
    MONDAY,
    PC,
    absence,
    account,
    assessed,
    at,
    checked,
    closed,
    directory,
    ended,
    history,
    mandate,
    notice,
    told,
    tracked,
    watched,
)
from tests.example_policy import POLICY, SEEN_HIGH, SEEN_MEDIUM, ladder, policy, step

GRACE = timedelta(minutes=7)
DUE = "2023-02-07 09:00"
ONE_RULE = policy(SEEN_HIGH)
TOLD_OFFICER = told(notice())


def view(now: str, *, people: Directory | None = None, since: str | None = None, under: Policy = ONE_RULE) -> View:
    """Look at a moment, with seven minutes' grace."""
    return View(mandate(under, people), at(now), at(now) - GRACE, None if since is None else at(since))


def missed(
    now: str, *heard: Told, of: Tracked | None = None, child: Watched | None = None, **looks: Any
) -> Sequence[str]:
    """Return the steps that nobody was told of, with whom they would be told to."""
    case = Case(of or tracked(), child or watched(), heard)
    return [f"{one.kind} {one.step} {one.repeat} {one.person}" for one in untold(case, view(now, **looks))]


def found(of: History, kept: Kept, now: str, *, current: bool = True, under: Policy = ONE_RULE) -> Sequence[str]:
    """Return what is wrong, as "code", with "?" where a reading or a sweep to come may explain it."""
    return [f"{one.code}{'' if one.certain else '?'}" for one in all_found(of, kept, now, current=current, under=under)]


def all_found(
    of: History, kept: Kept, now: str, *, current: bool = True, under: Policy = ONE_RULE
) -> Sequence[Finding]:
    """Return what is wrong."""
    seen = view(now, under=under)
    account = fold(of, seen.mandate.rulebook, seen.now)
    facts = Watched("C1", "york", PC, account.tier, account.standing, "now", account.next_known_at)
    if kept.watched is not None:
        kept = kept._replace(watched=kept.watched._replace(digest="now" if current else "before"))
    return list(judge(facts, account, kept, seen))


def books(*rows: Tracked, of_child: Watched | None = None, heard: Sequence[Told] = ()) -> Kept:
    """Books that hold these obligations; letters are where their notices say."""
    letters = {Fate.SENT: LetterState.SENT, Fate.PENDING: LetterState.PENDING, Fate.SENDING: LetterState.SENDING}
    return Kept(of_child or watched(), rows, [Posted(one, letters.get(one.fate)) for one in heard])


# --- who should have been told ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("now", "heard", "expected"),
    [
        pytest.param("2023-02-06 21:06", [], [], id="a reminder within the grace"),
        pytest.param("2023-02-06 21:07", [], [f"reminder reminder 0 {PC}"], id="a reminder beyond it"),
        pytest.param(DUE, [], [], id="a reminder whose deadline has come is dropped"),
        pytest.param("2023-02-07 09:07", [], [f"overdue officer 0 {PC}"], id="the officer, whatever the books say"),
        pytest.param("2023-02-07 13:07", [TOLD_OFFICER], [f"overdue supervisor 0 {DS}"], id="the supervisor"),
        pytest.param(
            "2023-02-07 13:07",
            [TOLD_OFFICER, told(notice(step="supervisor", person=DI))],
            [],
            id="whoever was told, the step was told",
        ),
        pytest.param(
            "2023-02-07 13:07", [told(notice(), fate=Fate.REFUSED)], [f"overdue officer 0 {DS}"], id="what was refused"
        ),
    ],
)
def test_the_ladder_is_climbed_anew(now: str, heard: Sequence[Told], expected: Sequence[str]) -> None:
    """Each step that fell due before the grace is told, or missed, although the books call everything told."""
    assert list(expected) == list(missed(now, *heard, of=tracked(told_until=at(now), told_officer=PC)))


def test_only_the_latest_repeat_is_asked_for() -> None:
    """A repeat told later stands for those before it."""
    heard = [told(notice(step=name, person=f"{name}@north.police.uk")) for name in ("officer", "supervisor", "manager")]
    last = told(notice(step="head", repeat=2, person="head@north.police.uk"))
    assert missed("2023-02-24 09:08", *heard, last) == []
    assert missed("2023-02-25 09:00", *heard) == ["overdue head 2 head@north.police.uk"]


def test_what_became_known_just_now_is_excused() -> None:
    """An obligation known for less than the grace may be told yet, however long it is due."""
    assert missed("2023-02-08 09:00", of=tracked(owed_from=at("2023-02-08 08:59"))) == []


def test_a_shut_window_excuses() -> None:
    """What fell due in the night waits for the morning, and until the grace after it is over."""
    of = tracked(SEEN_MEDIUM, due=DUE)
    under = policy(SEEN_MEDIUM)
    assert missed("2023-02-08 06:00", of=of, under=under) == []
    assert missed("2023-02-08 07:06", of=of, under=under) == []
    assert len(missed("2023-02-08 07:07", of=of, under=under)) == 1


@pytest.mark.parametrize(
    ("heard", "people"),
    [
        pytest.param(notice(passed_up=True, person=DS), None, id="the officer's step was passed up"),
        pytest.param(notice(person=DI), None, id="who heard holds a later step's post"),
        pytest.param(
            notice(person="cover@north.police.uk"),
            directory(absence(DS, "2023-01-01", "2023-01-31", cover="cover@north.police.uk")),
            id="who heard has covered for somebody",
        ),
    ],
)
def test_who_may_have_stood_for_a_step_excuses_it(heard: Any, people: Directory | None) -> None:
    """Whoever was told already is not told again by a later step, and who that was depends on the day."""
    assert missed("2023-02-07 13:30", told(heard), people=people) == []


def test_a_ladder_that_comes_back_to_the_officer() -> None:
    """A later step of the officer is excused by whoever was told before: who the officer was is not kept."""
    back = ladder(
        step("first", "0 hours", "supervisor"), step("then", "1 hour", "officer"), step("last", "9 days", "head")
    )
    heard = told(notice(step="first", person=DS))
    assert missed("2023-02-07 11:00", heard, under=policy(SEEN_HIGH, ladders={"urgent": back})) == []


def test_a_quiet_ladder_asks_for_no_repeat() -> None:
    """Where nothing repeats, the last step is asked for once."""
    quiet = ladder(step("only", "0 hours", "officer"), repeat_every=None)
    under = policy(SEEN_HIGH, ladders={"urgent": quiet})
    assert missed("2023-03-07 09:00", under=under) == [f"overdue only 0 {PC}"]
    assert missed("2023-03-07 09:00", told(notice(step="only")), under=under) == []


def test_another_mandate_excuses_what_was_before() -> None:
    """What fell due before the auditor knew the directory to be as it is cannot be reckoned."""
    assert missed("2023-02-07 10:00", since="2023-02-07 09:30") == []
    assert missed("2023-02-07 10:00", since="2023-02-07 08:30") == [f"overdue officer 0 {PC}"]


def test_a_new_officer_is_to_be_told() -> None:
    """By the books nobody is to wake for it: one whose look is only just due is not late."""
    new = watched(officer="pc.two@north.police.uk")
    of = tracked(told_until=at("2023-02-07 09:00"), next_notice_at=at("2023-02-07 13:00"), told_officer=PC)
    assert missed("2023-02-07 10:00", TOLD_OFFICER, of=of, child=new) == ["overdue officer 0 pc.two@north.police.uk"]
    just_due = of._replace(next_notice_at=at("2023-02-07 09:59"))
    assert missed("2023-02-07 10:00", TOLD_OFFICER, of=just_due, child=new) == []
    assert missed("2023-02-07 10:00", TOLD_OFFICER, of=of, child=new, since="2023-02-07 09:30") == []


def test_what_was_refused_is_to_be_passed_up() -> None:
    """A refusal that no sweep has taken up: the next one is missed; a reminder whose deadline has come is not."""
    of = tracked(told_until=at("2023-02-07 09:00"), next_notice_at=at("2023-02-07 13:00"), told_officer=PC)
    refused = told(notice(), fate=Fate.REFUSED)
    assert missed("2023-02-07 10:00", refused, of=of) == [f"overdue officer 0 {DS}"]
    reminder = told(notice(kind=Kind.REMINDER, step="reminder"), fate=Fate.REFUSED)
    early = of._replace(told_until=at("2023-02-06 21:00"))
    assert missed("2023-02-06 22:00", reminder, of=early) == [f"reminder reminder 0 {DS}"]
    assert missed("2023-02-07 09:05", reminder, of=early) == []


def test_what_was_refused_and_passed_up_to_one_who_had_heard() -> None:
    """Nobody is told twice: the day after, another may be in the office, and is not owed what was settled then."""
    of = tracked(told_until=at("2023-02-08 09:00"), next_notice_at=at("2023-02-10 09:00"), told_officer=PC)
    refused = told(notice(passed_up=True, person=DS), fate=Fate.REFUSED)
    supervisor, manager = notice(step="supervisor", passed_up=True, person=DI), notice(step="manager", person=DI)
    assert missed("2023-02-08 10:00", refused, told(supervisor), told(manager), of=of) == []
    assert missed("2023-02-08 10:00", refused, of=of._replace(told_until=at(DUE))) != []


def test_who_was_told_is_to_hear_the_end() -> None:
    """Once no look is to come, everybody who was told has been told that it is over."""
    over = ended(tracked(), DUE)
    asleep = over._replace(next_notice_at=None)
    assert missed("2023-02-07 10:00", TOLD_OFFICER, of=asleep) == [f"cleared cleared 0 {PC}"]
    assert missed("2023-02-07 09:05", TOLD_OFFICER, of=over) == []
    cleared = told(notice(kind=Kind.CLEARED, step="cleared"))
    assert missed("2023-02-07 10:00", TOLD_OFFICER, cleared, of=asleep) == []
    assert missed("2023-02-07 10:00", TOLD_OFFICER, of=asleep, since="2023-02-07 09:30") == []


def test_a_closure_is_to_be_told_once() -> None:
    """Where it waits for the next sweep it is not late; told, withdrawn or doubted it needs nobody."""
    closing = tracked(basis=Basis.CLOSING)._replace(rule="closing", next_notice_at=at(DUE))
    done = closing._replace(next_notice_at=None, ended_at=at(DUE), ending=Ending.TOLD)
    expected = [f"closed_unchecked closed_unchecked 0 {DS}"]
    assert missed("2023-02-07 09:05", of=closing) == []
    assert missed("2023-02-07 10:00", of=closing) == expected
    assert missed("2023-02-07 10:00", of=done) == expected
    heard = told(notice(done, kind=Kind.CLOSED_UNCHECKED, step="closed_unchecked"))
    assert missed("2023-02-07 10:00", heard, of=done) == []
    assert missed("2023-02-07 10:00", of=done._replace(ending=Ending.WITHDRAWN)) == []
    assert missed("2023-02-07 10:00", of=closing._replace(doubted_at=at(DUE))) == []


# --- what is wrong with the books -------------------------------------------------------------------------------------
HIGH = history(assessed())
OWED = tracked(next_notice_at=at("2023-02-06 21:00"))
NOW = "2023-02-06 12:00"


@pytest.mark.parametrize("current", [True, False])
@pytest.mark.parametrize(
    ("of", "kept", "expected"),
    [
        pytest.param(HIGH, books(OWED), [], id="all is well"),
        pytest.param(HIGH, books(), [Code.MISSING], id="nothing kept"),
        pytest.param(HIGH, books(OWED._replace(due_at=at("2023-02-08"))), [Code.DEADLINE], id="a later deadline"),
        pytest.param(HIGH, books(OWED._replace(due_at=at("2023-02-07"))), [], id="an earlier one is never to blame"),
        pytest.param(history(), books(OWED), [Code.DIFFERS, Code.UNOWED], id="nothing is owed"),
        pytest.param(history(), books(OWED._replace(doubted_at=at(MONDAY))), [Code.DIFFERS], id="it is doubted"),
        pytest.param(
            history(assessed(), checked("seen", "2023-02-06 10:00")),
            books(OWED),
            [Code.MISSING, Code.END_MISSED],
            id="an end that was not taken up",
        ),
        pytest.param(
            history(assessed(), checked("seen", "2023-02-06 11:59")), books(OWED), [], id="an end of just now"
        ),
        pytest.param(
            history(assessed(), closed("2023-02-06 10:00")),
            books(OWED),
            [Code.DIFFERS, Code.MISSING],
            id="a closure that nobody is to hear of",
        ),
        pytest.param(
            history(assessed(), checked("seen", "2023-02-09 10:00")), books(OWED), [Code.DIFFERS], id="no look ahead"
        ),
    ],
)
def test_books_that_hold_the_same_rows_have_no_excuse(
    of: History, kept: Kept, expected: Sequence[Code], current: bool
) -> None:
    """What is wrong counts at once where the rows were taken up, and else when it has lasted."""
    assert found(of, kept, NOW, current=current) == [code if current else f"{code}?" for code in expected]


def test_a_child_that_is_not_watched() -> None:
    """With something kept of it there is no excuse; else it may only just have been entered."""
    assert found(HIGH, Kept(None, [OWED]), NOW) == ["child-unwatched"]
    assert found(HIGH, Kept(None), NOW) == ["child-unwatched?", "obligation-missing?"]
    assert found(HIGH, Kept(None), "2023-02-06 09:05") == ["child-unwatched?"]


def test_a_child_that_is_due_to_be_read_is_not_current() -> None:
    """A record of the future that has become known changes what is owed, and is read soon."""
    due = watched(next_known_at=at(NOW))
    assert found(HIGH, books(of_child=due), NOW) == ["obligation-missing?"]


def test_a_closure_that_was_told_or_settled_is_no_finding() -> None:
    """Only the one that matters, and only once it has lasted."""
    refused = history(assessed(), closed("2023-02-06 11:59"))
    waits = watched()._replace(standing=fold(refused, view(NOW).mandate.rulebook, at(NOW)).standing)
    assert found(refused, books(OWED, of_child=waits), NOW) == []


def test_what_is_told_ahead_or_asleep() -> None:
    """Both are wrong whatever the records say."""
    ahead = OWED._replace(told_until=at("2023-02-10"))
    assert found(HIGH, books(ahead), NOW, current=False) == ["told-ahead"]
    assert found(HIGH, books(OWED._replace(next_notice_at=None)), NOW, current=False) == ["next-look-missing"]


def test_a_ladder_that_has_ended_asks_for_no_look() -> None:
    """Where nothing repeats, an obligation is kept without a next look."""
    quiet = policy(SEEN_HIGH, ladders={"urgent": ladder(step("only", "0 hours", "officer"), repeat_every=None)})
    over = tracked(told_until=at(DUE), told_officer=PC)
    assert found(HIGH, books(over, heard=[told(notice(step="only"))]), "2023-02-08 09:00", under=quiet) == []


def test_several_steps_are_one_finding() -> None:
    """One sentence names each step, and its repeat."""
    [finding] = all_found(
        HIGH, books(tracked(told_until=at(DUE), next_notice_at=at("2023-02-24 09:00"), told_officer=PC)), "2023-02-18"
    )
    assert finding.sentence == (
        "seen-high, due 2023-02-07T09:00Z, was not told at the step officer, supervisor, manager, head (repeat 1)"
    )


def test_what_ended_long_ago_is_not_judged() -> None:
    """Two days after the end nobody is asked who heard of it."""
    of = history(assessed(), checked("seen", "2023-02-06 10:00"))
    over = ended(tracked(), "2023-02-06 10:00")._replace(next_notice_at=None)
    every = fold(of, view(NOW).mandate.rulebook, at(NOW)).outstanding[0]
    again = OWED._replace(
        key=every.key, basis=every.basis, started_at=every.started_at, due_at=every.due_at,
        next_notice_at=every.due_at - timedelta(hours=12),
    )  # fmt: skip
    kept = books(over, again, heard=[TOLD_OFFICER._replace(decided_at=at(MONDAY))])
    assert found(of, kept, "2023-02-07 09:59") == ["notice-untold"]
    assert found(of, kept, "2023-02-08 10:01") == []


def test_a_notice_of_nothing() -> None:
    """What was told today is owed, or kept, or was."""
    stray = told(notice(OWED._replace(key="C1|stray")), when="2023-02-06 11:00")
    assert found(HIGH, books(OWED, heard=[stray]), NOW) == ["notice-unowed"]
    old = stray._replace(decided_at=at("2023-02-05 11:00"))
    assert found(HIGH, books(OWED, heard=[old]), NOW) == []


@pytest.mark.parametrize(
    ("fate", "letter", "wrong"),
    [
        (Fate.SENT, LetterState.SENT, False),
        (Fate.SENT, LetterState.PENDING, True),
        (Fate.SENT, None, True),
        (Fate.SENDING, LetterState.PENDING, False),
        (Fate.PENDING, LetterState.CANCELLED, True),
        (Fate.HELD, None, False),
        (Fate.REFUSED, LetterState.REFUSED, False),
    ],
)
def test_a_notice_and_its_letter_agree(fate: Fate, letter: LetterState | None, wrong: bool) -> None:
    """What says sent has a letter that says sent; what waits has a letter that can leave."""
    reminder = told(notice(OWED, kind=Kind.REMINDER, step="reminder"), fate=fate, when="2023-02-06 11:00")
    kept = Kept(watched(), [OWED], [Posted(reminder, letter)])
    assert found(HIGH, kept, NOW) == ["notice-without-letter"] * wrong


def test_what_is_kept_of_a_child_without_records() -> None:
    """All that is open and not doubted; it counts when a full reading has left it standing."""
    rows = [OWED, OWED._replace(key="doubted", doubted_at=at(NOW)), ended(OWED, NOW)._replace(key="ended")]
    [finding] = judge_absent(Kept(None, rows))
    assert (finding.code, finding.certain, finding.key) == (Code.UNOWED, False, f"obligation-unowed|{OWED.key}")


def test_a_mandate_is_told_by_its_fingerprint() -> None:
    """It changes with the policy and with anything in the directory, and with nothing else."""
    same = {fingerprint(mandate(POLICY)), fingerprint(mandate(POLICY))}
    others = {
        fingerprint(mandate(ONE_RULE)),
        fingerprint(mandate(people=directory(absence(PC, "2023-01-01")))),
        fingerprint(mandate(people=directory(fallback=f"other.{FALLBACK}"))),
        fingerprint(mandate(people=directory(units={"york": {"supervisor": DI}}))),
    }
    assert (len(same), len(others), same & others) == (1, 4, set())


@pytest.mark.parametrize(
    ("apply", "since", "expected"),
    [
        pytest.param(Apply.FROM_NOW, "2023-02-06 10:00", [], id="given before the policy came"),
        pytest.param(Apply.FROM_NOW, MONDAY, [Code.DEADLINE], id="begun under it"),
        pytest.param(Apply.FROM_NOW, None, [Code.DEADLINE], id="the policy has always been as it is"),
        pytest.param(Apply.EARLIER, "2023-02-06 10:00", [Code.DEADLINE], id="no policy lets a later deadline stand"),
    ],
)
def test_a_deadline_that_an_earlier_policy_gave(apply: Apply, since: str | None, expected: Sequence[Code]) -> None:
    """From-now lets it stand; whatever began under the policy has the policy's own deadline."""
    under = policy(SEEN_HIGH, apply=apply)
    kept = books(OWED._replace(due_at=at("2023-02-08")))
    facts = watched()
    findings = judge(facts, account(HIGH, NOW, under), kept, view(NOW, since=since, under=under))
    assert expected == [finding.code for finding in findings]
