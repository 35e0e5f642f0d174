"""`riskwatch send-test`: one test letter through the real mail settings, and what the server said."""

import asyncio
from argparse import Namespace
from uuid import uuid4

from riskwatch import logs
from riskwatch.bootstrap import service
from riskwatch.bootstrap.letters import letter_writer
from riskwatch.clock import SystemClock
from riskwatch.core.notices import Call, Letter, Outcome, ServiceLetter, Verdict
from riskwatch.entrypoints.configured import mailing_settings_of
from riskwatch.entrypoints.console import Console, Refused
from riskwatch.settings.model import Settings

PURPOSE = "test"


def run(arguments: Namespace, console: Console) -> int:
    """Send it and print the answer; exit 3 where it was not taken."""
    logs.configure("warning", human=True)
    settings, smtp = mailing_settings_of(arguments)
    address: str = arguments.address.strip().lower()
    if not settings.directory.is_allowed(address):
        allowed = ", ".join(sorted(settings.directory.allowed_domains))
        raise Refused([f"riskwatch: {address!r} is not one plain address on an allowed domain ({allowed})"])
    outcome, said = asyncio.run(_send(settings, _letter(settings, address)))
    for line in said:
        console.out(line)
    server = f"{smtp.host}:{smtp.port}"
    if outcome.verdict is Verdict.SENT:
        console.out(f"{server} took the letter to {address}: {outcome.response}")
        return 0
    console.err(f"riskwatch: {server} did not take the letter to {address}: {outcome.verdict}: {outcome.response}")
    return 3


async def _send(settings: Settings, letter: Letter) -> tuple[Outcome, list[str]]:
    outbox = service.open_outbox(settings)
    try:
        said = await outbox.check()
        return await outbox.send(letter), said
    finally:
        await outbox.close()


def _letter(settings: Settings, address: str) -> Letter:
    now = SystemClock().now()
    words = ServiceLetter(
        letter_id=uuid4().hex,
        recipient=address,
        made_at=now,
        purpose=PURPOSE,
        subject="Test letter from riskwatch",
        paragraphs=(
            "This is a test. It shows that letters from riskwatch reach this mailbox, and how they look.",
            "Nothing needs to be done. If you did not expect it, tell your riskwatch administrator: "
            f"{settings.directory.administrator}.",
        ),
        call=Call.NONE,
    )
    rendered = letter_writer(settings).render_service(words)
    return Letter(words.letter_id, address, PURPOSE, rendered.subject, rendered.message, True, now, now)
