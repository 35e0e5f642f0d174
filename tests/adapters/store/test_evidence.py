"""What a report asks of the books, on both databases."""

from datetime import datetime

from riskwatch.adapters.store import SqlStore
from riskwatch.core.evidence import InForce, Letters, Period, Telling
from riskwatch.core.notices import Fate, Kind, LetterState
from riskwatch.core.tracking import Decision, Entry
from tests.adapters.store.examples import NOON, after, kept, letter, of, owed
from tests.builders import DS, PC, watched

PERIOD = Period(NOON, after(hours=24))


def sent(letter_id: str, ref: str, *, hours: float = 0) -> Entry:
    """The journal's word that a letter left, with a case in it."""
    return Entry(after(hours=hours), Decision.SENT, ref, letter_id, "v1", {})


def test_the_books_begin_with_the_first_entry(sql_store: SqlStore) -> None:
    """Empty books begin nowhere."""
    assert sql_store.evidence.begin_at() is None
    with sql_store.begin() as tx:
        tx.journal([sent("L1", "C1", hours=3), sent("L2", "C1", hours=4)])
    assert after(hours=3) == sql_store.evidence.begin_at()


def test_a_notice_was_told_when_its_letter_left(sql_store: SqlStore) -> None:
    """At the first time that the journal names its case in that letter; not one of another child, or of later."""
    debt = owed("C1")
    with sql_store.begin() as tx:
        tx.add_letters([letter("L1"), letter("L2"), letter("L3")])
        tx.add_told(
            [
                kept(of(debt, person=PC), fate=Fate.SENT, letter_id="L1"),
                kept(of(debt, person=DS, step="supervisor"), fate=Fate.SENT, letter_id="L2", at=after(hours=2)),
                kept(of(debt, person="di@north.police.uk", step="manager"), fate=Fate.STRUCK, letter_id="L1"),
                kept(of(debt, person="dsupt@north.police.uk", step="head"), fate=Fate.HELD, at=after(hours=3)),
                kept(of(owed("C2")), fate=Fate.SENT, letter_id="L3"),
                kept(of(debt)._replace(kind=Kind.REMINDER), fate=Fate.SENT, letter_id="L1"),
                kept(of(debt, step="late"), fate=Fate.SENT, letter_id="L1", at=after(hours=24)),
            ],
            policy_version="v1",
        )
        tx.journal([sent("L1", "C9"), sent("L1", "C1", hours=1), sent("L1", "C1", hours=2), sent("L2", "C1", hours=24)])
    told = sql_store.evidence.told(["C1", "C3"], PERIOD.end)

    def overdue(step: str, fate: Fate, decided: datetime, left: datetime | None) -> Telling:
        return Telling(debt.key, "C1", Kind.OVERDUE, step, fate, decided, left)

    assert [
        overdue("head", Fate.HELD, after(hours=3), None),
        overdue("manager", Fate.STRUCK, NOON, None),
        overdue("officer", Fate.SENT, NOON, after(hours=1)),
        overdue("supervisor", Fate.SENT, after(hours=2), None),
    ] == sorted(told["C1"], key=lambda one: one.step)
    assert ["C1"] == list(told)


def test_letters_are_counted_by_recipient_purpose_and_state(sql_store: SqlStore) -> None:
    """Those made in the period; of a unit only those that speak of its children, each once."""
    with sql_store.begin() as tx:
        tx.save_watched([watched("C1"), watched("C2", unit="filey")])
        tx.add_letters(
            [
                letter("L1", recipient=PC),
                letter("L2", recipient=PC, state=LetterState.SENT),
                letter("L3", recipient=DS, purpose="daily"),
                letter("L4", recipient=PC, made_at=after(hours=24)),
            ]
        )
        tx.add_told(
            [
                kept(of(owed("C1")), letter_id="L1"),
                kept(of(owed("C1"), step="supervisor"), letter_id="L1"),
                kept(of(owed("C2")), letter_id="L2"),
                kept(of(owed("C9")), letter_id="L2"),
            ],
            policy_version="v1",
        )
    groups = [(DS, "daily", "pending", 1), (PC, "notices", "pending", 1), (PC, "notices", "sent", 1)]
    assert Letters(groups, 3) == sql_store.evidence.letters(PERIOD)
    assert Letters([(PC, "notices", "pending", 1)], 1) == sql_store.evidence.letters(PERIOD, "york")
    assert Letters([(PC, "notices", "sent", 1)], 1) == sql_store.evidence.letters(PERIOD, "")


def test_the_policies_are_those_that_the_journal_names(sql_store: SqlStore) -> None:
    """Oldest first, with what is known of who took them up; other entries are none."""
    with sql_store.begin() as tx:
        detail = {"fingerprint": "f1", "by": "start", "approved_by": "ACC"}
        tx.journal(
            [
                Entry(NOON, Decision.CONFIGURED, "", "policy", "v1", detail),
                Entry(NOON, Decision.SENT, "", "L1", "v1", {}),
                Entry(after(hours=1), Decision.CONFIGURED, "", "policy", "v2", {}),
                Entry(after(hours=24), Decision.CONFIGURED, "", "policy", "v3", {}),
            ]
        )
    assert [
        InForce(NOON, "v1", "f1", "start", "ACC"),
        InForce(after(hours=1), "v2", "", "", ""),
    ] == sql_store.evidence.policies(PERIOD.end)
