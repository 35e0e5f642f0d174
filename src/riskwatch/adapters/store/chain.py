"""The hash chain of the journal: each row's hash covers the row and the hash before it."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from riskwatch.adapters.columns import moment_text
from riskwatch.core.tracking import Decision, Entry

GENESIS = "0" * 64
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


class Link(NamedTuple):
    """A row of the journal. `detail` is canonical JSON: keys in order, no spaces."""

    seq: int
    at: datetime
    decision: Decision
    child_ref: str
    subject: str
    policy_version: str
    detail: str
    prev_hash: str
    hash: str

    def expected_hash(self) -> str:
        """Return the hash that the row's contents and the hash before it give."""
        contents = (self.seq, moment_text(self.at), *self[2:8])
        return sha256(_encode(contents).encode()).hexdigest()


def linked(entries: Iterable[Entry], seq: int, prev_hash: str) -> Iterator[Link]:
    """Yield the entries as rows that continue the chain after row `seq`."""
    for entry in entries:
        seq += 1
        at = entry.at.replace(microsecond=0)
        link = Link(seq, at, *entry[1:5], _encode(entry.detail), prev_hash, "")
        link = link._replace(hash=link.expected_hash())
        yield link
        prev_hash = link.hash


def breaks(links: Iterable[Link], seq: int = 0, prev_hash: str = GENESIS) -> Iterator[str]:
    """Yield a sentence for each place where the rows, in order of `seq`, do not continue the chain."""
    for link in links:
        if link.seq != seq + 1:
            yield f"journal row {seq + 1}: missing (the next one is {link.seq})"
        elif link.prev_hash != prev_hash:
            yield f"journal row {link.seq}: does not continue row {seq}"
        if link.hash != link.expected_hash():
            yield f"journal row {link.seq}: was changed after it was written"
        seq, prev_hash = link.seq, link.hash
