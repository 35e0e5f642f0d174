"""The journal's hash chain: what it is made of, and what it shows."""

import json
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from riskwatch.adapters.store import SqlStore
from riskwatch.adapters.store.chain import GENESIS, Link, breaks, linked
from riskwatch.core.tracking import Entry
from tests.adapters.store.examples import after, entry

details = st.dictionaries(st.text(max_size=5), st.text(max_size=5) | st.integers() | st.booleans() | st.none())
entries = st.builds(
    lambda hours, child_ref, subject, detail: entry(subject, at=after(hours=hours), child_ref=child_ref)._replace(
        detail=detail
    ),
    st.integers(-100, 100),
    st.text(max_size=5),
    st.text(max_size=5),
    details,
)


def recomputed(link: Link) -> str:
    """The hash of a row, in other words than the program's: whoever audits the journal can do the same."""
    at = link.at.strftime("%Y-%m-%dT%H:%M:%SZ")
    row = [link.seq, at, link.decision.value, link.child_ref, link.subject, link.policy_version, link.detail]
    text_hashed = json.dumps([*row, link.prev_hash], separators=(",", ":"), ensure_ascii=False)
    return sha256(text_hashed.encode()).hexdigest()


@given(st.lists(entries, max_size=5))
def test_each_row_covers_the_one_before(some: list[Entry]) -> None:
    """Whatever is recorded, the chain begins at the genesis, counts from one, and can be computed again."""
    links = list(linked(some, 0, GENESIS))
    assert [link.seq for link in links] == list(range(1, len(some) + 1))
    assert [link.prev_hash for link in links] == [GENESIS, *(link.hash for link in links)][: len(links)]
    assert [link.hash for link in links] == [recomputed(link) for link in links]
    assert [json.loads(link.detail) for link in links] == [one.detail for one in some]
    assert list(breaks(links)) == []


@given(st.lists(entries, min_size=1, max_size=5), st.data())
def test_a_changed_row_shows(some: list[Entry], data: st.DataObject) -> None:
    """A row of which anything was changed does not have its hash any more."""
    links = list(linked(some, 0, GENESIS))
    index = data.draw(st.integers(0, len(links) - 1))
    field = data.draw(st.sampled_from(["child_ref", "subject", "policy_version", "detail"]))
    changed: Any = {field: getattr(links[index], field) + "!"}
    links[index] = links[index]._replace(**changed)
    assert f"journal row {index + 1}: was changed after it was written" in list(breaks(links))


def test_the_chain_goes_on_over_transactions_and_daemons(address: str) -> None:
    """Each transaction's rows continue those before, also after the store was closed."""
    for number in range(3):
        with SqlStore(address) as store:
            with store.begin() as tx:
                tx.journal([entry(step="a"), entry(step="b")])
                tx.journal([entry(f"{number}", minutes=1.5, told=True)])
            with store.begin() as tx:
                tx.journal([])
    with SqlStore(address) as store:
        links = store.reports.journal()
        assert list(store.reports.verify_journal()) == []
    assert [link.seq for link in links] == list(range(1, 10))
    assert [link.hash for link in links] == [recomputed(link) for link in links]
    assert links[2].detail == '{"minutes":1.5,"told":true}'


def test_a_failed_transaction_leaves_no_gap(sql_store: SqlStore) -> None:
    """What was rolled back never stood in the journal, and the next row has its number."""

    def fail() -> None:
        with sql_store.begin() as tx:
            tx.journal([entry("lost")])
            tx.write_journal()
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with sql_store.begin() as tx:
        tx.journal([entry("kept")])
    assert [(link.seq, link.subject) for link in sql_store.reports.journal()] == [(1, "kept")]
    assert list(sql_store.reports.verify_journal()) == []


@pytest.mark.parametrize(
    ("tampering", "finding"),
    [
        ("UPDATE journal SET child_ref = 'C9' WHERE seq = 2", "journal row 2: was changed after it was written"),
        ("DELETE FROM journal WHERE seq = 2", "journal row 2: missing (the next one is 3)"),
        ("DELETE FROM journal WHERE seq = 4", "journal row 4: the chain's head names it as the last"),
        ("DELETE FROM journal", "journal row 4: the chain's head names it as the last"),
        ("UPDATE journal SET prev_hash = hash WHERE seq = 3", "journal row 3: does not continue row 2"),
        ("UPDATE journal_head SET hash = 'x'", "journal row 4: the chain's head names it as the last"),
    ],
)
def test_tampering_shows(sql_store: SqlStore, tampering: str, finding: str) -> None:
    """A row changed, taken out of the middle or cut off the end is found."""
    with sql_store.begin() as tx:
        tx.journal([entry(str(number)) for number in range(4)])
    with sql_store.writing() as connection:
        connection.execute(text(tampering))
    findings = list(sql_store.reports.verify_journal())
    assert any(found.startswith(finding) for found in findings), findings


def test_a_long_journal_is_verified_page_by_page(sql_store: SqlStore) -> None:
    """Verifying goes to the end, however many pages there are."""
    with sql_store.begin() as tx:
        tx.journal([entry(str(number)) for number in range(2_100)])
    assert list(sql_store.reports.verify_journal()) == []
    with sql_store.writing() as connection:
        connection.execute(text("UPDATE journal SET subject = 'x' WHERE seq = 2050"))
    assert list(sql_store.reports.verify_journal()) == ["journal row 2050: was changed after it was written"]
