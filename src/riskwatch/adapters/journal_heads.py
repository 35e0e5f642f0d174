"""The journal's heads, kept outside its database: the end of the chain, day by day, signed where a key is given.

Whoever can write to the database can cut the chain's tail, or forge the whole of it with new hashes. What was written
down here before then does not agree with that.
"""

import hmac
import os
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from riskwatch.adapters.columns import moment_text
from riskwatch.core.faults import Fault

UNSIGNED = "unsigned"
MAX_HEADS = 100_000
"""A bound on the lines read: more than two centuries of days."""
MIN_KEY_BYTES = 16
MAX_KEY_BYTES = 4096
_LINE = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) (\d{1,18}) ([0-9a-f]{64}) (unsigned|hmac-sha256=[0-9a-f]{64})")


class HeadsFault(Fault):
    """The heads, or the key that signs them, cannot be read or written."""


class Head(NamedTuple):
    """The end of the chain at a moment."""

    at: str  # ISO 8601 in UTC
    seq: int
    hash: str
    seal: str = UNSIGNED

    def sealed(self, key: bytes | None) -> "Head":
        """Return the head signed with the key, or unsigned without one."""
        if key is None:
            return self._replace(seal=UNSIGNED)
        text = f"riskwatch journal head\n{self.at}\n{self.seq}\n{self.hash}\n"
        return self._replace(seal=f"hmac-sha256={hmac.new(key, text.encode(), sha256).hexdigest()}")

    @property
    def line(self) -> str:
        """The line under which it is kept."""
        return f"{self.at} {self.seq} {self.hash} {self.seal}"


class JournalHeads:
    """An append-only file of heads. `key_file` None: they are kept unsigned."""

    def __init__(self, path: Path, key_file: Path | None) -> None:
        self.path = path
        self._key_file = key_file

    def record(self, at: datetime, seq: int, chain_hash: str) -> Head:
        """Append a head. Raises HeadsFault where the file or the key cannot be used."""
        head = Head(moment_text(at) or "", seq, chain_hash).sealed(self._key())
        try:
            handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                os.write(handle, f"{head.line}\n".encode())  # in one call: several daemons may share the file
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as error:
            raise HeadsFault(f"journal heads {self.path} cannot be written ({error.strerror})") from None
        return head

    def check(self, hash_of: Callable[[int], str | None]) -> Iterator[str]:
        """Yield a sentence for each head that the chain does not bear out; `hash_of` gives the hash of a row.

        With a key, a head that is not signed by it is not borne out either.
        """
        key = self._key()
        latest = -1
        for number, line in enumerate(self._lines(), start=1):
            place = f"{self.path.name}:{number}"
            match = _LINE.fullmatch(line)
            if match is None:
                yield f"{place}: is no journal head"
                continue
            head = Head(match[1], int(match[2]), match[3], match[4])
            if key is not None and not hmac.compare_digest(head.seal, head.sealed(key).seal):
                how = "is not signed" if head.seal == UNSIGNED else "is not signed with this key"
                yield f"{place}: the head of {head.at} {how}"
                continue
            if head.seq < latest:
                yield f"{place}: the head of {head.at} goes back from row {latest} to row {head.seq}"
            latest = max(latest, head.seq)
            found = hash_of(head.seq) if head.seq else head.hash
            if found is None:
                yield f"{place}: the chain ended at row {head.seq} on {head.at}; that row is gone: the tail was cut off"
            elif found != head.hash:
                yield f"{place}: row {head.seq} is not the one that ended the chain on {head.at}: it was written anew"

    @property
    def are_there(self) -> bool:
        """Whether any head was kept."""
        return next(self._lines(), None) is not None

    def _lines(self) -> Iterator[str]:
        try:
            with self.path.open(encoding="utf-8", errors="replace") as file:
                for number, line in enumerate(file):
                    if number >= MAX_HEADS:
                        raise HeadsFault(
                            f"journal heads {self.path} has more than {MAX_HEADS} lines: look at its origin"
                        )
                    yield line.rstrip("\n")
        except FileNotFoundError:
            return
        except OSError as error:
            raise HeadsFault(f"journal heads {self.path} cannot be read ({error.strerror})") from None

    def _key(self) -> bytes | None:
        if self._key_file is None:
            return None
        try:
            with self._key_file.open("rb") as file:
                key = file.read(MAX_KEY_BYTES).strip()
        except OSError as error:
            raise HeadsFault(f"journal_key_file {self._key_file} cannot be read ({error.strerror})") from None
        if len(key) < MIN_KEY_BYTES:
            raise HeadsFault(f"journal_key_file {self._key_file} holds less than {MIN_KEY_BYTES} bytes: no key")
        return key
