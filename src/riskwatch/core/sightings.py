"""When a record became known, where its own times cannot say: the service's memory of when it first saw it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from riskwatch.core.facts import Assessment, Check, Closure, History, Record, Sighting
from riskwatch.core.timeline import closure_known_at


class Settled(NamedTuple):
    """A history with every moment of knowing decided, and the sightings to keep for next time."""

    history: History
    seen: Sequence[Sighting]


def settle(history: History, sightings: Sequence[Sighting], now: datetime, *, first_reading: bool) -> Settled:
    """Return the history as it is known at `now`, given what the service remembers of earlier readings.

    A recorded time in the future never hides a row that stands before us: it was known when it was first seen. So was
    an assessment dated in the future whose source has no recorded time. A closing date without a recorded time counts
    from when it was first seen, because what relaxes counts from when it was recorded; at the very first reading of all
    there was no earlier look, and the date itself has to do. A closing date that has disappeared is remembered, so that
    it opens the child from now and not from before.
    """
    remembered = {(seen.record, seen.record_id): seen.first_seen_at for seen in sightings}
    new: list[Sighting] = []
    assessments = [_assessment(row, remembered, now, new) for row in history.assessments]
    checks = [_check(row, remembered, now, new) for row in history.checks]
    if history.closures:
        return Settled(history._replace(assessments=assessments, checks=checks), new)
    closing_dates = [seen for seen in sightings if seen.record is Record.CLOSURE]
    closures = _closures(history, closing_dates, now, first_reading=first_reading)
    new += [seen for seen in closures if seen not in closing_dates]
    known = tuple(
        Closure(closed_at, closure_known_at(closed_at, seen.first_seen_at), seen.gone_at)
        for seen in closures
        for closed_at in (datetime.fromisoformat(seen.record_id),)
    )
    return Settled(history._replace(assessments=assessments, checks=checks, closures=known), new)


_Remembered = Mapping[tuple[Record, str], datetime]


def _assessment(row: Assessment, remembered: _Remembered, now: datetime, new: list[Sighting]) -> Assessment:
    recorded_at = row.assessed_at if row.recorded_at is None else row.recorded_at
    key = (Record.ASSESSMENT, row.assessment_id)
    seen_at = remembered.get(key) if remembered else None
    if seen_at is None:
        if recorded_at <= now:
            return row
        seen_at = now
        new.append(Sighting(row.child_ref, *key, now))
    return row._replace(recorded_at=min(recorded_at, seen_at))


def _check(row: Check, remembered: _Remembered, now: datetime, new: list[Sighting]) -> Check:
    if row.recorded_at is None:
        return row  # known at its own time, whether that is past or future
    key = (Record.CHECK, row.check_id)
    seen_at = remembered.get(key) if remembered else None
    if seen_at is None:
        if row.recorded_at <= now:
            return row
        seen_at = now
        new.append(Sighting(row.child_ref, *key, now))
    return row._replace(recorded_at=min(row.recorded_at, seen_at))


def _closures(
    history: History, remembered: Sequence[Sighting], now: datetime, *, first_reading: bool
) -> Sequence[Sighting]:
    """Return the closing dates that stood or stand, the present one included, oldest sighting first."""
    child = history.child
    if child.closed_at is None:
        return [seen if seen.gone_at is not None else seen._replace(gone_at=now) for seen in remembered]
    record_id = child.closed_at.isoformat()
    same = [seen for seen in remembered if seen.record_id == record_id]
    if any(seen.gone_at is None for seen in same):
        return remembered
    if same:
        seen_at = now  # it was there, had gone, and is back: it closes from now
    elif child.closed_recorded_at is not None:
        seen_at = min(child.closed_recorded_at, now)
    else:
        seen_at = min(child.closed_at, now) if first_reading else now
    replaced = [_replaced(seen, child.closed_at, now) for seen in remembered]
    return [*replaced, Sighting(child.child_ref, Record.CLOSURE, record_id, seen_at)]


def _replaced(seen: Sighting, closing_date: datetime, now: datetime) -> Sighting:
    """Return what becomes of a closing date in whose place another stands.

    It stays part of the story where both have come: the child is closed, and was. It is gone where it never came, or
    where the new one has yet to come: the record says that the child is open.
    """
    never_came = datetime.fromisoformat(seen.record_id) > now
    if seen.gone_at is None and (never_came or closing_date > now):
        return seen._replace(gone_at=now)
    return seen
