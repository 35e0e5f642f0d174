"""What the administrator is told of an audit: once for each distinct set of findings a day."""

from datetime import datetime

from riskwatch.core.mandate import Mandate
from riskwatch.core.notices import Call, ServiceLetter
from riskwatch.pipeline.audit import Audited
from riskwatch.pipeline.ports import Letters, Store
from riskwatch.pipeline.posting import identity, post

PURPOSE = "audit"


def write(store: Store, letters: Letters, mandate: Mandate, done: Audited, now: datetime) -> bool:
    """Put a letter on the findings into the outbox, which keeps the same one once; whether there was anything to say.

    An audit that could not judge for want of records writes nothing: that the service is blind has its own letter.
    """
    if not done.findings:
        return False
    day = mandate.policy.calendar.local(now).date()
    number = len(done.findings)
    more = f" There are {done.beyond} more than are listed here; `riskwatch audit` looks again." if done.beyond else ""
    words = ServiceLetter(
        letter_id=identity(PURPOSE, day, *sorted(finding.key for finding in done.findings)),
        recipient=mandate.directory.administrator,
        made_at=now,
        purpose=PURPOSE,
        subject=f"Audit: riskwatch found {number} fault{'s' if number > 1 else ''} in its own books",
        paragraphs=(
            "riskwatch has reckoned anew, from the agency's records, what is owed and who should have been told, and "
            "its own books do not agree. A child may not be watched as it should: look at each case now (`riskwatch "
            "explain CASE`), and report this to the makers." + more,
            "Nothing was changed. The service counts as unhealthy until an audit finds nothing.",
        ),
        heads=("What is wrong, and what to do", "When you hear again"),
        call=Call.NOW,
        table_head=("finding", "case", "what is wrong"),
        table_rows=tuple((str(finding.code), finding.child_ref, finding.sentence) for finding in done.findings),
    )
    with store.begin() as tx:
        post(tx, letters, words)
    return True
