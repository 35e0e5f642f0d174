"""Letters to one person that are joined, and notices that are taken out of letters, beside another daemon."""

from collections.abc import Iterator

import pytest

from riskwatch.adapters.store import SqlStore
from riskwatch.core.notices import Fate, Letter, LetterState, Outcome, Verdict
from riskwatch.pipeline.ports import Store
from tests.adapters.store.examples import LATER, NOON, after, kept, letter, of, owed

PC, DS = "pc.one@north.police.uk", "ds.york@north.police.uk"
UNCERTAIN = Outcome(Verdict.LATER, "no answer", uncertain=True)


@pytest.fixture
def daemons(postgres_address: str) -> Iterator[list[SqlStore]]:
    """One store on PostgreSQL, opened by two daemons."""
    with SqlStore(postgres_address) as one, SqlStore(postgres_address) as other:
        yield [one, other]


def post(store: Store, *letters: Letter) -> None:
    """Put letters into the outbox, each with one notice of a child of its own."""
    with store.begin() as tx:
        tx.add_letters(letters)
        tx.add_told([kept(of(owed(one.letter_id)), letter_id=one.letter_id) for one in letters], policy_version="v1")


def joinable(store: Store, *, going: int = 1, most: int = 9) -> list[str]:
    """The letters that could be joined at noon."""
    with store.begin() as tx:
        return [one.letter_id for one in tx.joinable(NOON, going=going, most=most)]


def test_letters_to_those_who_are_next_can_be_joined(store: Store) -> None:
    """Of the person of the next letter to go, every letter that waits: urgent ones first where they are too many."""
    post(
        store,
        letter("L1", made_at=after(minutes=-3)),
        letter("L2", made_at=after(minutes=-2), recipient=DS),
        letter("L3", made_at=after(minutes=-1)),
        letter("L4", urgent=True),
    )
    assert joinable(store) == ["L1", "L3", "L4"]
    assert joinable(store, going=3) == ["L2", "L1", "L3", "L4"]
    assert joinable(store, most=2) == ["L1", "L4"]
    assert joinable(store, going=4) == []


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(letter("L9", attempts=1), id="tried"),
        pytest.param(letter("L9", in_doubt=True), id="in doubt"),
        pytest.param(letter("L9", purpose="blind"), id="about the service"),
        pytest.param(letter("L9", next_attempt_at=after(minutes=1)), id="resting"),
        pytest.param(letter("L9", state=LetterState.CANCELLED), id="cancelled"),
    ],
)
def test_what_may_have_been_offered_to_a_server_is_not_joined(store: Store, other: Letter) -> None:
    """Nor is a letter about the service, or one that is not to go now."""
    post(store, letter("L1"), letter("L2"), other)
    assert joinable(store) == ["L1", "L2"]


def test_joined_letters_are_cancelled_and_their_notices_move(store: Store) -> None:
    """What was struck stays where it was; the cap counts the joined letter alone, from when it was joined."""
    post(store, letter("L1", made_at=after(hours=-2)), letter("L2", made_at=after(hours=-2)))
    with store.begin() as tx:
        assert tx.strike([of(owed("L2")).key]) == [of(owed("L2")).key]
        tx.join(["L1", "L2"], "L3")
        tx.add_letters([letter("L3", made_at=after(hours=-2), joined_at=NOON)])
    with store.begin() as tx:
        assert [one.state for one in tx.letters(["L1", "L2"])] == [LetterState.CANCELLED] * 2
        assert tx.lines_of(["L1", "L3"]) == {"L1": [], "L3": [kept(of(owed("L1")), letter_id="L3")]}
        assert [told.letter_id for told in tx.told([owed("L2").key])] == ["L2"]
        assert tx.letters_made([PC], after(hours=-1)) == {PC: [NOON]}
        assert tx.letters_made([PC], after(hours=-3)) == {PC: [NOON]}


def test_only_what_has_not_left_is_struck(store: Store) -> None:
    """A notice that waits or is held back is taken out; one on its way, or unknown, is not."""
    post(store, letter("L1", urgent=True), letter("L2"))
    with store.begin() as tx:
        tx.claim(NOON, lease_until=after(minutes=5), limit=1)
        tx.add_told([kept(of(owed("C3")), fate=Fate.HELD)], policy_version="v1")
    keys = [of(owed(ref)).key for ref in ("L1", "L2", "C3", "C4")]
    with store.begin() as tx:
        assert tx.strike(keys) == [keys[2], keys[1]]
        assert [told.fate for told in tx.told([owed(ref).key for ref in ("C3", "L1", "L2")])] == [
            Fate.STRUCK,
            Fate.SENDING,
            Fate.STRUCK,
        ]
        assert tx.held(NOON, [PC], 9) == []


def test_a_letter_that_may_have_arrived_stays_in_doubt(store: Store) -> None:
    """Its notices are SENDING from then on, whatever a later attempt says: whoever has it must hear when it is over."""
    post(store, letter("L1"))
    for outcome in (UNCERTAIN, LATER):
        with store.begin() as tx:
            [claimed] = tx.claim(NOON, lease_until=after(minutes=5), limit=1)
            tx.settle([(claimed, outcome)], now=NOON)
        with store.begin() as tx:
            [found] = tx.letters(["L1"])
            assert (found.state, found.in_doubt) == (LetterState.PENDING, True)
            assert [told.fate for told in tx.lines_of(["L1"])["L1"]] == [Fate.SENDING]
            assert tx.strike([of(owed("L1")).key]) == []


def test_a_claim_that_ran_out_leaves_doubt(store: Store) -> None:
    """Whoever let the lease run out may have handed the letter over."""
    post(store, letter("L1"))
    with store.begin() as tx:
        assert [one.in_doubt for one in tx.claim(NOON, lease_until=after(minutes=5), limit=1)] == [False]
    with store.begin() as tx:
        [claimed] = tx.claim(after(minutes=5), lease_until=after(minutes=9), limit=1)
        assert claimed.in_doubt
        tx.settle([(claimed._replace(next_attempt_at=NOON), LATER)], now=NOON)
    assert joinable(store, going=0) == []
    with store.begin() as tx:
        assert [told.fate for told in tx.lines_of(["L1"])["L1"]] == [Fate.SENDING]


def test_a_daemon_does_not_join_what_another_has_claimed(daemons: list[SqlStore]) -> None:
    """Letters that another transaction has locked are passed over without waiting."""
    post(daemons[0], letter("L1", urgent=True), letter("L2"), letter("L3"))
    with daemons[0].begin() as one, daemons[1].begin() as other:
        assert len(one.claim(NOON, lease_until=after(minutes=5), limit=1)) == 1
        assert [row.letter_id for row in other.joinable(NOON, going=1, most=9)] == ["L2", "L3"]


def test_two_daemons_do_not_join_the_same_letters(daemons: list[SqlStore]) -> None:
    """What one is joining the other neither joins nor claims."""
    post(daemons[0], letter("L1"), letter("L2"), letter("L3", recipient=DS))
    with daemons[0].begin() as one, daemons[1].begin() as other:
        assert len(one.joinable(NOON, going=1, most=9)) == 2
        assert other.joinable(NOON, going=1, most=9) == []
        assert [row.letter_id for row in other.claim(NOON, lease_until=after(minutes=5), limit=9)] == ["L3"]
