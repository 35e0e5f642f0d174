"""A child's story at a moment: what was recorded, what is owed and why, and who was told."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple

from riskwatch.adapters.store.queries import Fated
from riskwatch.core.account import Account, Obligation
from riskwatch.core.facts import History, Rejected
from riskwatch.core.notices import Fate
from riskwatch.core.policy import Policy
from riskwatch.core.steps import next_step
from riskwatch.core.timeline import assessment_known_at, check_known_at
from riskwatch.core.tracking import Basis, Tracked
from riskwatch.entrypoints.console import stamp, stamp_or_none
from riskwatch.entrypoints.reasons import counts, label, labels, state, tier_in_words, why

Record = dict[str, Any]

_FATES = {
    Fate.HELD: "held back: the recipient's letters of this hour are used up",
    Fate.PENDING: "waits to be sent",
    Fate.SENDING: "is being sent",
    Fate.SENT: "sent",
    Fate.REFUSED: "refused by the mail server for good",
    Fate.STRUCK: "taken out before it left: it was over",
}


class Story(NamedTuple):
    """What a story is told from. `history` is settled, `account` is what it comes to at `at`.

    `tracked` is what the books have of the child. What only they know, because records or policy have changed since,
    belongs to the story: people were told of it.
    """

    at: datetime
    history: History
    account: Account
    rejected: Sequence[Rejected]
    told: Sequence[Fated]
    policy: Policy
    tracked: Sequence[Tracked] = ()

    def records(self) -> Iterator[Record]:
        """Yield the story a record at a time: the child, its events, unreadable rows, obligations, notices."""
        child, account = self.history.child, self.account
        yield {
            "type": "child",
            "child_ref": child.child_ref,
            "at": stamp(self.at),
            "unit": child.unit,
            "officer": child.officer,
            "standing": account.standing,
            "tier": account.tier,
        }
        yield from sorted(self._events(), key=lambda event: (event["known_at"], event["at"], event["id"]))
        for row in self.rejected:
            yield {"type": "unreadable", "where": row.where, "column": row.column, "reason": row.reason}
        owed = [(_turn(one), self._obligation(one)) for one in (*account.outstanding, *account.ended)]
        owed += [(_turn(one), self._of_the_books(one)) for one in self._books_alone()]
        yield from (record for _, record in sorted(owed, key=itemgetter(0)))
        for closure in account.unhonoured:
            yield {
                "type": "closure_not_honoured",
                "known_at": stamp(closure.known_at),
                "why": "authority is needed and missing" if closure.authority_needed else "something was still owed",
            }
        yield from (_notice(one) for one in self.told if one.told.decided_at <= self.at)

    def _events(self) -> Iterator[Record]:
        for row in self.history.assessments:
            what = f"assessed as {tier_in_words(row.tier, self.policy)}, {row.concern}"
            yield self._event("assessment", row.assessment_id, row.assessed_at, assessment_known_at(row), what)
        for check in self.history.checks:
            what = label(check.kind, self.policy)
            event = self._event("check", check.check_id, check.checked_at, check_known_at(check), what)
            yield event | {"settles": any(check.kind in rule.satisfied_by for rule in self.policy.rules)}
        for closure in self.history.closures:
            yield self._event("closure", "", closure.closed_at, closure.known_at, "record closed")
            if closure.gone_at is not None:
                yield self._event("opening", "", closure.gone_at, closure.gone_at, "closing date taken away")

    def _event(self, record: str, row_id: str, at: datetime, known_at: datetime, what: str) -> Record:
        return {
            "type": "event",
            "record": record,
            "id": row_id,
            "at": stamp(at),
            "known_at": stamp(known_at),
            "what": what,
            "counts_yet": known_at <= self.at,
            "settles": None,
        }

    def _obligation(self, owed: Obligation) -> Record:
        rule, policy = owed.rule, self.policy
        tracked = Tracked(owed.key, owed.child_ref, rule.name, owed.started_at, owed.basis, owed.due_at, owed.owed_from)
        following = next_step(tracked, policy, self.at) if owed.ended_at is None else None
        return {
            "type": "obligation",
            "rule": rule.name,
            "basis": owed.basis,
            "started_at": stamp(owed.started_at),
            "owed_from": stamp(owed.owed_from),
            "due_at": stamp(owed.due_at),
            "why": why(owed, self.history, policy),
            "rule_basis": rule.basis,
            "satisfied_by": counts(owed, policy),
            "overdue": owed.ended_at is None and owed.due_at <= self.at,
            "state": state(owed, self.history, policy, self.at),
            "ended_at": stamp_or_none(owed.ended_at),
            "ending": owed.ending,
            "ended_by": owed.ended_by,
            "next_role": following.role if following is not None else "",
            "next_at": stamp_or_none(following.at if following is not None else None),
        }

    def _books_alone(self) -> Iterator[Tracked]:
        """Yield what the books had at the moment, and the records and the policy of now do not give."""
        given = {owed.key for owed in (*self.account.outstanding, *self.account.ended)}
        for one in self.tracked:
            if one.key not in given and one.basis is not Basis.CLOSING and one.owed_from <= self.at:
                is_over = one.ended_at is not None and one.ended_at <= self.at
                yield one if is_over else one._replace(ended_at=None, ending=None, ended_by="", checked_at=None)

    def _of_the_books(self, kept: Tracked) -> Record:
        policy = self.policy
        rule = policy.rule_by_name.get(kept.rule)
        following = next_step(kept, policy, self.at) if kept.ended_at is None and rule is not None else None
        stands = state(kept, self.history, policy, self.at)
        return {
            "type": "obligation",
            "rule": kept.rule,
            "basis": kept.basis,
            "started_at": stamp(kept.started_at),
            "owed_from": stamp(kept.owed_from),
            "due_at": stamp(kept.due_at),
            "why": "as it was decided then; the records, or the policy, have changed since",
            "rule_basis": rule.basis if rule is not None else "",
            "satisfied_by": labels(rule.satisfied_by if rule is not None else (), policy),
            "overdue": kept.is_overdue(self.at),
            "state": stands if kept.ended_at is not None else f"{stands}, by the books alone: nothing asks for it now",
            "ended_at": stamp_or_none(kept.ended_at),
            "ending": kept.ending,
            "ended_by": kept.ended_by,
            "next_role": following.role if following is not None else "",
            "next_at": stamp_or_none(following.at if following is not None else None),
        }


def _turn(owed: Obligation | Tracked) -> tuple[datetime, datetime, str]:
    return owed.owed_from, owed.due_at, owed.key


def _notice(fated: Fated) -> Record:
    told, letter = fated.told, fated.letter
    notice = told.notice
    return {
        "type": "notice",
        "decided_at": stamp(told.decided_at),
        "kind": notice.kind,
        "rule": notice.rule,
        "step": notice.step,
        "repeat": notice.repeat,
        "due_at": stamp(notice.due_at),
        "to": notice.person,
        "passed_up": notice.passed_up,
        "fate": told.fate,
        "fate_in_words": _FATES[told.fate],
        "letter_id": told.letter_id,
        "server_said": letter.last_response if letter is not None else "",
    }
