"""How letters are claimed, and what comes of them."""

from datetime import timedelta

import pytest

from riskwatch.core.notices import Fate, Letter, LetterState, Outcome, Verdict
from riskwatch.pipeline.ports import Store, Transaction
from tests.adapters.store.examples import LATER, NOON, REFUSED, SENT, after, kept, letter, of, owed


def fates(store: Store, letter_id: str = "L1") -> list[Fate]:
    """The fates of a letter's notices."""
    with store.begin() as tx:
        return [told.fate for told in tx.lines_of([letter_id])[letter_id]]


def claim(store: Store, *, minutes: float = 0, limit: int = 10) -> list[str]:
    """Claim letters so many minutes after noon for five minutes, and return their ids."""
    now = after(minutes=minutes)
    with store.begin() as tx:
        return [one.letter_id for one in tx.claim(now, lease_until=after(minutes=minutes + 5), limit=limit)]


def kept_letter(store: Store, letter_id: str = "L1") -> Letter:
    """A letter as it stands."""
    with store.begin() as tx:
        (one,) = tx.letters([letter_id])
        return one


@pytest.fixture
def posted(store: Store) -> Store:
    """A store with one letter of two notices, one of them struck."""
    with store.begin() as tx:
        tx.add_letters([letter("L1")])
        tx.add_told([kept(letter_id="L1"), kept(of(owed("C2")), fate=Fate.STRUCK, letter_id="L1")], policy_version="v1")
    return store


def test_urgent_letters_go_first(store: Store) -> None:
    """Letters are claimed urgent ones first, then by due time, then by id, up to the limit."""
    with store.begin() as tx:
        tx.add_letters(
            [
                letter("L1", due_at=after(hours=-2)),
                letter("L4", due_at=after(hours=-1)),
                letter("L3", due_at=after(hours=-1)),
                letter("L2", urgent=True),
                letter("L5", urgent=True, due_at=after(hours=-9)),
            ]
        )
    assert claim(store, limit=3) == ["L5", "L2", "L1"]
    assert claim(store) == ["L3", "L4"]
    assert claim(store) == []


def test_a_claimed_letter_is_being_sent(posted: Store) -> None:
    """A claimed letter and its notices are SENDING; a struck notice stays struck."""
    with posted.begin() as tx:
        assert tx.claim(NOON, lease_until=after(minutes=5), limit=10) == [letter("L1", state=LetterState.SENDING)]
    assert fates(posted) == [Fate.SENDING]
    with posted.begin() as tx:
        assert [told.fate for told in tx.told([owed("C2").key])] == [Fate.STRUCK]


def test_a_letter_rests_until_its_next_attempt(store: Store) -> None:
    """A letter that is to be tried later is not claimed before."""
    with store.begin() as tx:
        tx.add_letters([letter("L1", next_attempt_at=after(minutes=3))])
    assert claim(store, minutes=2) == []
    assert claim(store, minutes=3) == ["L1"]


def test_an_expired_lease_returns_a_letter(posted: Store) -> None:
    """After a crash the letter is claimed again as soon as the lease has run out: duplicate over silence."""
    assert claim(posted) == ["L1"]
    assert claim(posted, minutes=4) == []
    assert claim(posted, minutes=5) == ["L1"]
    assert fates(posted) == [Fate.SENDING]


def test_the_only_daemon_takes_back_its_claims(posted: Store, request: pytest.FixtureRequest) -> None:
    """After a crash the next daemon need not wait for leases; on PostgreSQL another may be sending, and so it does.

    The notices stay SENDING, as they may have arrived: whoever has them must hear when it is over.
    """
    claim(posted)
    with posted.begin() as tx:
        tx.release_claims()
    alone = "postgresql" not in request.node.callspec.id
    assert kept_letter(posted).state is (LetterState.PENDING if alone else LetterState.SENDING)
    assert fates(posted) == [Fate.SENDING]
    assert claim(posted) == (["L1"] if alone else [])


def test_a_sent_letter_ends(posted: Store) -> None:
    """After the server's 250 the letter and its notices are sent, and what it said is kept."""
    claim(posted)
    with posted.begin() as tx:
        tx.settle([(letter("L1"), SENT)], now=NOON)
    assert kept_letter(posted) == letter("L1", state=LetterState.SENT, attempts=1, last_response="250 ok")
    assert fates(posted) == [Fate.SENT]
    assert claim(posted, minutes=60) == []


def test_a_refused_letter_ends(posted: Store) -> None:
    """After a refusal for good the letter and its notices are refused."""
    claim(posted)
    with posted.begin() as tx:
        tx.settle([(letter("L1", next_attempt_at=NOON), REFUSED)], now=NOON)
    refused = letter("L1", state=LetterState.REFUSED, attempts=1, last_response="550 no such user")
    assert kept_letter(posted) == refused
    assert fates(posted) == [Fate.REFUSED]


@pytest.mark.parametrize("verdict", [Verdict.LATER, Verdict.MISCONFIGURED])
def test_a_passing_fault_returns_a_letter(posted: Store, verdict: Verdict) -> None:
    """The letter and its notices are pending again, until the attempt that the letter given names."""
    claim(posted)
    with posted.begin() as tx:
        tx.settle([(letter("L1", attempts=4, next_attempt_at=after(hours=1)), Outcome(verdict, "451"))], now=NOON)
    again = letter("L1", attempts=5, next_attempt_at=after(hours=1), last_response="451")
    assert kept_letter(posted) == again
    assert fates(posted) == [Fate.PENDING]
    assert claim(posted, minutes=59) == []
    assert claim(posted, minutes=60) == ["L1"]


def test_a_late_failure_does_not_unsend(posted: Store) -> None:
    """A daemon whose lease ran out cannot take back what another has sent meanwhile."""
    claim(posted)
    with posted.begin() as tx:
        tx.settle([(letter("L1"), SENT)], now=NOON)
        tx.settle([(letter("L1"), LATER)], now=NOON)
        tx.settle([(letter("L1"), REFUSED)], now=NOON)
    assert kept_letter(posted).state is LetterState.SENT
    assert fates(posted) == [Fate.SENT]


def test_what_was_accepted_is_sent_whatever_was_noted(posted: Store) -> None:
    """If one daemon's attempt was refused and another's accepted, the person has the letter."""
    claim(posted)
    with posted.begin() as tx:
        tx.settle([(letter("L1"), REFUSED)], now=NOON)
        tx.settle([(letter("L1"), SENT)], now=NOON)
    assert kept_letter(posted).state is LetterState.SENT
    assert fates(posted) == [Fate.SENT]


def test_outcomes_are_settled_together(store: Store) -> None:
    """One transaction settles many letters, each by its own verdict; an unknown letter is passed over."""
    letters = [letter(f"L{number}") for number in range(4)]
    with store.begin() as tx:
        tx.add_letters(letters)
        tx.claim(NOON, lease_until=after(minutes=5), limit=10)
    with store.begin() as tx:
        outcomes = [SENT, REFUSED, LATER, SENT]
        tx.settle([*zip(letters, outcomes, strict=True), (letter("L9"), SENT)], now=NOON)
    with store.begin() as tx:
        states = [one.state for one in tx.letters([one.letter_id for one in letters])]
    assert states == [LetterState.SENT, LetterState.REFUSED, LetterState.PENDING, LetterState.SENT]


def test_waiting_children_are_those_of_the_next_letters(store: Store) -> None:
    """The children of the next letters to go are named, of letters that have stood for a while only."""
    with store.begin() as tx:
        tx.add_letters([letter("L1"), letter("L2", made_at=after(minutes=-9)), letter("L3", due_at=after(hours=1))])
        notices = [kept(of(owed(f"C{number}")), letter_id=f"L{number}") for number in (1, 2, 3)]
        struck = kept(of(owed("C4")), fate=Fate.STRUCK, letter_id="L2")
        tx.add_told([*notices, struck], policy_version="v1")
    with store.begin() as tx:
        assert tx.waiting(NOON, made_before=after(minutes=1), limit=2) == ["C1", "C2"]
        assert tx.waiting(NOON, made_before=NOON, limit=2) == ["C2"]
        assert tx.waiting(NOON, made_before=after(minutes=1), limit=9) == ["C1", "C2", "C3"]


def test_waits_are_cut_short_for_letters_that_wait(store: Store) -> None:
    """Whoever waits for longer than is said is to be tried at once; what is under way, due or over stays as it is."""
    waits = {"L1": 1, "L2": 10, "L3": 10, "L4": 10}
    with store.begin() as tx:
        tx.add_letters([letter(key, next_attempt_at=after(minutes=wait)) for key, wait in waits.items()])
        tx.add_letters([letter("L5"), letter("L6", next_attempt_at=after(minutes=-1))])
        tx.settle([(kept_in(tx, "L4"), SENT)], now=NOON)
    assert claim(store, minutes=-1) == ["L5", "L6"]
    with store.begin() as tx:
        tx.bring_forward(NOON, beyond=timedelta(minutes=1))
    assert [kept_letter(store, key).next_attempt_at for key in sorted(waits)] == [after(minutes=1), NOON, NOON, None]
    assert claim(store) == ["L2", "L3"]


def test_whether_anything_is_left_to_send(store: Store) -> None:
    """A letter counts until it was sent, also while it is on its way."""
    with store.begin() as tx:
        assert not tx.unsent()
        tx.add_letters([letter("L1")])
        assert tx.unsent()
    assert claim(store) == ["L1"]
    with store.begin() as tx:
        assert tx.unsent()
        tx.settle([(kept_in(tx, "L1"), SENT)], now=NOON)
        assert not tx.unsent()


def kept_in(tx: Transaction, letter_id: str) -> Letter:
    """A letter as a transaction sees it."""
    (one,) = tx.letters([letter_id])
    return one
