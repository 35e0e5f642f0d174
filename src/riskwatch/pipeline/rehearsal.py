"""Rehearsal: the real stages on the real records, with every letter going to one place instead of its recipient."""

from collections.abc import Callable

from riskwatch.core.notices import Letter, Outcome, Scope, Verdict
from riskwatch.pipeline.ports import Outbox
from riskwatch.pipeline.wrapping import Wrapped

Mark = Callable[[Letter], bytes]
"""Returns a letter's bytes, marked as a rehearsal's."""


class Redirected(Wrapped):
    """An outbox that sends every letter, marked, to one address."""

    def __init__(self, outbox: Outbox, to: str, mark: Mark) -> None:
        super().__init__(outbox)
        self._to = to
        self._mark = mark

    async def send(self, letter: Letter) -> Outcome:
        """Send one letter to the rehearsal's address.

        Where that is refused it says nothing of the person for whom the letter was meant: it is a fault to be mended.
        """
        outcome = await super().send(letter._replace(recipient=self._to, message=self._mark(letter)))
        if outcome.verdict is Verdict.REFUSED and outcome.scope is Scope.RECIPIENT:
            response = f"the rehearsal's address was refused: {outcome.response}"
            return outcome._replace(verdict=Verdict.MISCONFIGURED, response=response, scope=Scope.SERVER)
        return outcome
