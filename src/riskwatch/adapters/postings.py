"""Who would have been told when: millions of notices kept on disk, until the letters of each recipient are counted.

Several processes write into one folder, each under a name of its own; every recipient's notices are in one part.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from zlib import crc32

from riskwatch.adapters.spill import Spill
from riskwatch.core.rivalry import Side
from riskwatch.core.workload import RECIPIENTS_LIMIT, by_recipient, packed

PARTS = 16
"""By recipient: whoever counts a part has all the letters of its recipients."""
SLICES = 16
"""Of a part, by time: one recipient may have millions of letters, and only a slice of them is in memory."""
_SLICE_S = 86_400


class TooManyRecipients(Exception):
    """More recipients than notices can be kept of."""


class Postings:
    """The notices of one process. What is posted is on disk after `flush`."""

    def __init__(self, folder: Path, name: str) -> None:
        self._names = folder / f"{name}.names"
        self._spill = Spill(folder, PARTS * SLICES, name)
        self._known: dict[str, tuple[int, int]] = {}
        self._fresh: list[str] = []

    def post(self, address: str, notices: Iterable[tuple[int, int]], side: Side) -> None:
        """Keep one recipient's notices: of each the second since the start, and the number of the step."""
        known = self._known.get(address)
        if known is None:
            if len(self._known) >= RECIPIENTS_LIMIT:
                raise TooManyRecipients(f"more than {RECIPIENTS_LIMIT} recipients: letters cannot be counted")
            known = self._known[address] = len(self._known), part_of(address)
            self._fresh.append(address)
        number, part = known
        parts, first = self._spill.parts, part * SLICES
        for second, step in notices:  # the side is packed as a plain number: flags would be kept for ever
            parts[first + second // _SLICE_S % SLICES].append(packed(number, second, step, side))

    def flush(self) -> None:
        """Write what is in memory."""
        self._spill.flush()
        with self._names.open("a", encoding="utf-8", errors="surrogatepass") as file:
            file.writelines(f"{json.dumps(address)}\n" for address in self._fresh)
        self._fresh = []


def part_of(address: str) -> int:
    """Return the part in which a recipient's notices are."""
    return crc32(address.encode("utf-8", "surrogatepass")) % PARTS


def read_part(folder: Path, part: int) -> Iterator[tuple[str, list[int]]]:
    """Yield the recipients of a part with their notices, as `Counting` takes them: each recipient once in each slice.

    All notices of a recipient and a moment come together.
    """
    names = {path.stem: path for path in sorted(folder.glob("*.names"))}
    for number in range(part * SLICES, (part + 1) * SLICES):
        merged: dict[str, list[int]] = {}
        for name, path in names.items():
            notices = dict(by_recipient(Spill(folder, 0, name).read(number)))
            if notices:
                with path.open(encoding="utf-8") as file:
                    for recipient, line in enumerate(file):
                        if recipient in notices:
                            merged.setdefault(json.loads(line), []).extend(notices.pop(recipient))
        yield from merged.items()
