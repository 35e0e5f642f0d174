"""What a daemon meets with from outside: a mail server that answers by script, and an end at any moment.

Killed means: from one statement, one commit or one step of a letter on, nothing that it still tries has any effect, as
after kill -9. What the next daemon knows is what the database holds.
"""

import asyncio
import json
from collections.abc import Callable, Sequence

from riskwatch.core.notices import Draft, Letter, Outcome, Rendered, Scope, ServiceLetter, Verdict

TAKEN = Outcome(Verdict.SENT, "250 ok")
BUSY = Outcome(Verdict.LATER, "421 busy", Scope.SERVER)
GREYLISTED = Outcome(Verdict.LATER, "450 later", Scope.RECIPIENT)
NO_SUCH = Outcome(Verdict.REFUSED, "550 no such user", Scope.RECIPIENT)
UNWANTED = Outcome(Verdict.REFUSED, "554 content", Scope.CONTENT)
NO_LOGIN = Outcome(Verdict.MISCONFIGURED, "535 no", Scope.SERVER)
LOST = Outcome(Verdict.LATER, "connection lost", Scope.SERVER, uncertain=True)
KEPT = LOST._replace(response="connection lost, after it was taken")
ANSWERS = (TAKEN, TAKEN, BUSY, GREYLISTED, NO_SUCH, UNWANTED, NO_LOGIN, LOST, KEPT)


class Killed(BaseException):
    """The process is gone."""


class Mortality:
    """Counts what a process does, and ends it when its time has come."""

    def __init__(self) -> None:
        self.left: int | None = None
        self.dead = False
        self._noted: list[Callable[[], None]] = []

    def tick(self) -> None:
        """Do one thing, or die before it."""
        if self.left is not None and not self.dead:
            self.left -= 1
            self.dead = self.left < 0
            if self.dead:
                for note in self._noted:
                    note()
        if self.dead:
            raise Killed

    def on_death(self, note: Callable[[], None]) -> None:
        """Have somebody told of it."""
        self._noted = [note]


class KeyLetters:
    """Words a letter as the keys of its notices: the receiving end counts them."""

    faults: Sequence[str] = ()

    def render(self, draft: Draft) -> Rendered:
        return Rendered("notices", json.dumps([line.notice.key for line in draft.lines]).encode())

    def render_service(self, letter: ServiceLetter) -> Rendered:
        return Rendered(letter.subject, b"[]")


class MailServer:
    """Answers as scripted, then takes everything; `received` is what arrived, as (Message-ID, keys)."""

    def __init__(self) -> None:
        self.script: list[Outcome] = []
        self.received: list[tuple[str, tuple[str, ...]]] = []
        self.answers_lost = 0


class Postman:
    """One daemon's way to the mail server."""

    connections = 2

    def __init__(self, server: MailServer, mortality: Mortality, per_minute: int | None) -> None:
        self._server = server
        self._mortality = mortality
        self.per_minute = per_minute

    async def send(self, letter: Letter) -> Outcome:
        self._mortality.tick()
        await asyncio.sleep(0)
        answer = self._server.script.pop(0) if self._server.script else TAKEN
        if answer in (TAKEN, KEPT):
            self._server.received.append((letter.letter_id, tuple(json.loads(letter.message))))
            self._server.answers_lost += answer is KEPT
        await asyncio.sleep(0)
        self._mortality.tick()
        return answer

    async def look(self) -> Outcome | None:
        return None

    async def warm(self) -> None:
        """Nothing is to be opened."""

    async def close(self) -> None:
        """Nothing is open."""
