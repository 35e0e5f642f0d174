"""An outbox around another: whoever wants something of its own at each attempt says only what."""

from riskwatch.core.notices import Letter, Outcome
from riskwatch.pipeline.ports import Outbox


class Wrapped:
    """An outbox that is, in everything that it does not say otherwise, the outbox that it wraps."""

    def __init__(self, outbox: Outbox) -> None:
        self.outbox = outbox

    @property
    def connections(self) -> int:
        """How many letters may be under way at once."""
        return self.outbox.connections

    @property
    def per_minute(self) -> int | None:
        """How many letters a minute the mail server takes now; None: as many as come."""
        return self.outbox.per_minute

    async def send(self, letter: Letter) -> Outcome:
        """Send one letter to its one recipient."""
        return await self.outbox.send(letter)

    async def look(self) -> Outcome | None:
        """Connect to the mail server without a letter; return what is wrong, None where nothing is."""
        return await self.outbox.look()

    async def warm(self) -> None:
        """Open or check a connection ahead of time."""
        await self.outbox.warm()

    async def close(self) -> None:
        """Say goodbye on open connections."""
        await self.outbox.close()
