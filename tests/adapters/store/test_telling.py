"""What a store keeps of what was told."""

from riskwatch.core.notices import Fate, LetterState
from riskwatch.pipeline.ports import Store
from tests.adapters.store.examples import NOON, after, kept, letter, of, owed


def test_notices_come_back_as_they_were_saved(store: Store) -> None:
    """A notice is given back field by field, oldest first, with its fate and its letter."""
    later = kept(of(step="manager"), fate=Fate.HELD, at=after(hours=4))
    first = kept(of(), fate=Fate.SENT, letter_id="L1")
    other = kept(of(owed("C2")))
    with store.begin() as tx:
        tx.add_letters([letter("L1")])
        tx.add_told([later, first, other], policy_version="v1")
    with store.begin() as tx:
        assert tx.told([owed().key]) == [first, later]
        assert tx.told(["nothing"]) == []


def test_a_notice_is_kept_once(store: Store) -> None:
    """A notice whose key stands already is left as it is: nobody is told twice of one step."""
    with store.begin() as tx:
        tx.add_letters([letter("L1")])
        tx.add_told([kept(fate=Fate.SENT, letter_id="L1")], policy_version="v1")
    with store.begin() as tx:
        tx.add_told([kept(fate=Fate.PENDING, at=after(days=1)), kept()], policy_version="v2")
        assert tx.told([owed().key]) == [kept(fate=Fate.SENT, letter_id="L1")]


def test_notices_may_be_added_before_their_letter(store: Store) -> None:
    """Within a transaction the order of notices and letters does not matter."""
    with store.begin() as tx:
        tx.add_told([kept(letter_id="L1")], policy_version="v1")
        tx.add_letters([letter("L1")])
    with store.begin() as tx:
        assert tx.lines_of(["L1"]) == {"L1": [kept(letter_id="L1")]}


def test_held_notices_wait_until_their_time(store: Store) -> None:
    """A held notice is looked at when its wait is over, or when its recipient is written to anyway."""
    mine, yours = kept(fate=Fate.HELD), kept(of(owed("C2"), person="ds@north.police.uk"), fate=Fate.HELD)
    with store.begin() as tx:
        tx.add_told([mine, yours, kept(of(owed("C3")))], policy_version="v1")
        tx.hold([mine.notice.key, yours.notice.key], after(hours=1))
    with store.begin() as tx:
        assert tx.held(NOON, [], 10) == []
        assert tx.held(NOON, ["ds@north.police.uk"], 10) == [yours]
        assert tx.held(after(hours=1), [], 10) == [mine, yours]
        assert tx.held(after(hours=1), ["ds@north.police.uk"], 1) == [mine]


def test_a_held_notice_without_a_wait_is_looked_at_at_once(store: Store) -> None:
    """A notice that is held back is never forgotten, even where nobody said until when."""
    with store.begin() as tx:
        tx.add_told([kept(fate=Fate.HELD), kept(of(owed("C2")))], policy_version="v1")
        tx.place([kept(of(owed("C2")), fate=Fate.HELD)])
    with store.begin() as tx:
        assert [told.notice.child_ref for told in tx.held(NOON, [], 10)] == ["C1", "C2"]
    assert store.next_wake() == NOON


def test_placing_a_held_notice_keeps_its_wait(store: Store) -> None:
    """A notice that stays held waits on; one that is put into a letter waits no more."""
    with store.begin() as tx:
        tx.add_letters([letter("L1")])
        tx.add_told([kept(fate=Fate.HELD)], policy_version="v1")
        tx.hold([kept().notice.key], after(hours=1))
        tx.place([kept(fate=Fate.HELD)])
        assert tx.held(NOON, [], 10) == []
        tx.place([kept(fate=Fate.PENDING, letter_id="L1")])
    with store.begin() as tx:
        assert tx.held(after(days=1), [], 10) == []
        assert tx.told([owed().key]) == [kept(letter_id="L1")]
        assert tx.lines_of(["L1"]) == {"L1": [kept(letter_id="L1")]}


def test_only_held_notices_are_made_to_wait(store: Store) -> None:
    """A wait set on a notice that is in a letter changes nothing."""
    with store.begin() as tx:
        tx.add_told([kept()], policy_version="v1")
        tx.hold([kept().notice.key, "nothing"], after(hours=1))
        assert tx.held(after(days=1), ["pc.one@north.police.uk"], 10) == []


def test_placing_changes_nothing_but_the_fate_and_the_letter(store: Store) -> None:
    """When it was decided stays; a notice that does not stand is not made."""
    with store.begin() as tx:
        tx.add_told([kept()], policy_version="v1")
        tx.place([kept(fate=Fate.STRUCK, at=after(days=1)), kept(of(owed("C9")))])
    with store.begin() as tx:
        assert tx.told([owed().key, owed("C9").key]) == [kept(fate=Fate.STRUCK)]


def test_struck_notices_stand_in_no_letter(store: Store) -> None:
    """The lines of a letter are its notices by key, without those struck out."""
    rows = [kept(of(owed(ref)), letter_id="L1") for ref in ("C1", "C2", "C3")]
    with store.begin() as tx:
        tx.add_letters([letter("L1"), letter("L2")])
        tx.add_told(rows[::-1], policy_version="v1")
        tx.place([rows[1]._replace(fate=Fate.STRUCK)])
    with store.begin() as tx:
        assert tx.lines_of(["L2", "L1"]) == {"L1": [rows[0], rows[2]], "L2": []}


def test_a_notice_moves_from_letter_to_letter(store: Store) -> None:
    """A notice stands in the letter that it was last placed in, and in no other."""
    with store.begin() as tx:
        tx.add_letters([letter("L1"), letter("L2")])
        tx.add_told([kept(letter_id="L1")], policy_version="v1")
        tx.place([kept(letter_id="L2")])
    with store.begin() as tx:
        assert tx.lines_of(["L1", "L2"]) == {"L1": [], "L2": [kept(letter_id="L2")]}


def test_letters_come_back_as_they_were_saved(store: Store) -> None:
    """A letter is given back byte by byte, by id; one whose id stands already is left as it is."""
    full = letter(
        "L2",
        urgent=True,
        state=LetterState.REFUSED,
        attempts=3,
        next_attempt_at=after(hours=1),
        last_response="451 später",
    )
    with store.begin() as tx:
        tx.add_letters([full, letter("L1")])
        tx.add_letters([letter("L1", subject="another"), full._replace(attempts=9)])
    with store.begin() as tx:
        assert tx.letters(["L2", "L1", "L3"]) == [letter("L1"), full]


def test_recent_letters_are_counted_without_urgent_ones(store: Store) -> None:
    """The hourly cap counts what was made for a person since a moment, urgent letters left out."""
    ds = "ds@north.police.uk"
    with store.begin() as tx:
        tx.add_letters(
            [
                letter("L1", made_at=after(hours=1)),
                letter("L2"),
                letter("L3", made_at=after(seconds=-1)),
                letter("L4", urgent=True),
                letter("L5", recipient=ds),
            ]
        )
    with store.begin() as tx:
        made = tx.letters_made(["pc.one@north.police.uk", ds, "di@north.police.uk"], NOON)
        assert made == {"pc.one@north.police.uk": [NOON, after(hours=1)], ds: [NOON], "di@north.police.uk": []}


def test_pending_letters_are_rewritten(store: Store) -> None:
    """A pending letter gets a new subject, message and state; one that is no longer pending stays."""
    gone = letter("L2", state=LetterState.SENT)
    with store.begin() as tx:
        tx.add_letters([letter("L1"), gone])
        new = letter("L1", subject="new", message=b"new", state=LetterState.CANCELLED, attempts=7)
        tx.rewrite([new, new._replace(letter_id="L2"), letter("L9")])
    with store.begin() as tx:
        rewritten = letter("L1", subject="new", message=b"new", state=LetterState.CANCELLED)
        assert tx.letters(["L1", "L2", "L9"]) == [rewritten, gone]
        assert tx.claim(NOON, lease_until=after(hours=1), limit=9) == []
