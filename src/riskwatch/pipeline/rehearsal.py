"""Rehearsal: the real stages on the real records, with every letter going to one place instead of its recipient."""

from collections.abc import Callable

from riskwatch.core.notices import Letter, Outcome, Scope, Verdict
from riskwatch.pipeline.ports import Outbox

Mark = Callable[[Letter], bytes]
"""Returns a letter's bytes, marked as a rehearsal's."""


class Redirected:
    """An outbox that sends every letter, marked, to one address. To everything else it is the outbox that it wraps."""

    def __init__(self, outbox: Outbox, to: str, mark: Mark) -> None:
        self._outbox = outbox
        self._to = to
        self._mark = mark

    @property
    def connections(self) -> int:
        """How many letters may be under way at once."""
        return self._outbox.connections

    @property
    def per_minute(self) -> int | None:
        """How many letters a minute the mail server takes now; None: as many as come."""
        return self._outbox.per_minute

    async def send(self, letter: Letter) -> Outcome:
        """Send one letter to the rehearsal's address.

        Where that is refused it says nothing of the person for whom the letter was meant: it is a fault to be mended.
        """
        outcome = await self._outbox.send(letter._replace(recipient=self._to, message=self._mark(letter)))
        if outcome.verdict is Verdict.REFUSED and outcome.scope is Scope.RECIPIENT:
            response = f"the rehearsal's address was refused: {outcome.response}"
            return outcome._replace(verdict=Verdict.MISCONFIGURED, response=response, scope=Scope.SERVER)
        return outcome

    async def look(self) -> Outcome | None:
        """Connect to the mail server without a letter; return what is wrong, None where nothing is."""
        return await self._outbox.look()

    async def warm(self) -> None:
        """Open or check a connection ahead of time."""
        await self._outbox.warm()

    async def close(self) -> None:
        """Say goodbye on open connections."""
        await self._outbox.close()
