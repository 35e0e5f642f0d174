"""A short digest of a child's rows: whether anything has changed since they were last reckoned."""

import marshal
from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b
from operator import itemgetter

from riskwatch.core.facts import Assessment, Check, Closure, History

_FORMAT = 2
"""The last format of marshal that writes equal values as equal bytes, whichever objects hold them."""
_id = itemgetter(0)


def digest(history: History, fingerprint: str) -> str:
    """Return the digest of a child's rows, whatever their order, read under a policy with this fingerprint.

    A child is reckoned anew where it differs, so a digest that differs for no good reason (another version of Python)
    costs time only.
    """
    child = history.child
    rows = (
        fingerprint,
        (*child[:3], _seconds(child.closed_at), _seconds(child.closed_recorded_at)),
        _assessments(history.assessments),
        _checks(history.checks),
        _closures(history.closures),
    )
    return blake2b(marshal.dumps(rows, _FORMAT), digest_size=8).hexdigest()


def _seconds(at: datetime | None) -> float | None:
    return None if at is None else at.timestamp()


def _assessments(rows: Sequence[Assessment]) -> list[tuple[object, ...]]:
    return [(*row[:4], row[4].timestamp(), _seconds(row[5])) for row in sorted(rows, key=_id)]


def _checks(rows: Sequence[Check]) -> list[tuple[object, ...]]:
    return [(*row[:3], row[3].timestamp(), _seconds(row[4])) for row in sorted(rows, key=_id)]


def _closures(rows: Sequence[Closure]) -> list[tuple[object, ...]]:
    return [(row.closed_at.timestamp(), row.known_at.timestamp(), _seconds(row.gone_at)) for row in rows]
