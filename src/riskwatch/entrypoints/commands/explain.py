"""`riskwatch explain`: one child's story."""

from argparse import Namespace
from contextlib import closing
from datetime import datetime

from riskwatch.adapters.source.words import UnreadableIdentifier, identifier
from riskwatch.bootstrap import service
from riskwatch.bootstrap.configuration import choose
from riskwatch.clock import SystemClock
from riskwatch.core.mandate import Mandate
from riskwatch.core.obligations import fold
from riskwatch.core.sightings import settle
from riskwatch.entrypoints import telling
from riskwatch.entrypoints.configured import moment_of, settings_of
from riskwatch.entrypoints.console import Console, Refused
from riskwatch.entrypoints.story import Story
from riskwatch.pipeline import refresh
from riskwatch.settings.model import Settings


def run(arguments: Namespace, console: Console) -> int:
    """Tell the story; exit 1 where the agency's records know no such child."""
    settings = settings_of(arguments)
    now = SystemClock().now()
    at = now if arguments.at is None else moment_of(arguments.at, settings.source.timezone, "--at")
    try:
        story = _story(identifier(arguments.child_ref), settings, now, at)
    except UnreadableIdentifier as error:
        raise Refused([f"riskwatch: CHILD {error}"]) from None
    if story is None:
        console.err(f"riskwatch: no child {arguments.child_ref!r} in the agency's records")
        return 1
    records = list(story.records())
    if arguments.json:
        for record in records:
            console.json(record)
    else:
        telling.tell(records, settings.policy.calendar, console)
    return 0


def _story(child_ref: str, settings: Settings, now: datetime, at: datetime) -> Story | None:
    """Read the child as it is recorded now, and fold what was known of it at the moment asked for."""
    with service.open_store(settings) as store:
        settings = choose(settings, store, now).settings
        with closing(service.open_source(settings)) as source:
            reading = source.read([child_ref])
        history = next((one for one in reading.histories if one.child.child_ref == child_ref), None)
        if history is None:
            return None
        with store.begin() as tx:
            first_reading = tx.last_run(refresh.STAGE, full=True) is None
            sightings = tx.sightings([child_ref])
        kept = store.reports.of_child(child_ref)
    settled = settle(history, sightings, now, first_reading=first_reading).history
    mandate = Mandate.of(settings.policy, settings.directory)
    account = fold(settled, mandate.rulebook, at)
    return Story(at, settled, account, reading.rejected, kept.told, settings.policy, kept.tracked)
