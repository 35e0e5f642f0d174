"""What is owed to a child: a fold over its records in the order in which they became known.

What tightens counts from when it happened; what relaxes counts from when it was recorded; only a check, or authority,
ends what is owed.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from riskwatch.core.account import Account, Obligation, UnhonouredClosure
from riskwatch.core.facts import Check, History
from riskwatch.core.policy import Policy, Rule, Start
from riskwatch.core.risk import EVERY_CONCERN, NO_RISK, News, Risk, Scope, rank_of, scopes_of
from riskwatch.core.timeline import Moment, dated, timeline
from riskwatch.core.tracking import Basis, Ending, Standing


class Rulebook:
    """A policy laid out for the fold: which rules an assessment and each kind of check concern."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        by_concerns = scopes_of(policy)
        self.scopes = tuple(by_concerns.values())
        self.scope_of = {rule.name: by_concerns[rule.concerns] for rule in policy.rules}
        every_rank = frozenset(range(len(policy.tiers)))
        self.ranks_of = {
            rule.name: frozenset(policy.rank_of[tier] for tier in rule.tiers) or every_rank for rule in policy.rules
        }
        self.started_by = {kind: self._rules(_starts_by(kind)) for kind in policy.check_kinds}
        self.by_assessment = self._rules(lambda rule: rule.start is not Start.CHECKS)

    def _rules(self, wanted: Callable[[Rule], bool]) -> tuple[Rule, ...]:
        return tuple(rule for rule in self.policy.rules if wanted(rule))


def _starts_by(kind: str) -> Callable[[Rule], bool]:
    return lambda rule: kind in rule.start_kinds


class ChildFold:
    """The state of one child, fed one moment at a time in the order of `Timeline.moments`."""

    def __init__(self, child_ref: str, rulebook: Rulebook) -> None:
        self.child_ref = child_ref
        self.standing = Standing.OPEN
        self.begun: list[Obligation] = []  # at the moment fed last; some may have ended at it
        self.ended: list[Obligation] = []
        self.unhonoured: list[UnhonouredClosure] = []
        self._book = rulebook
        self._policy = rulebook.policy
        self._risk = Risk()
        self._authorised = False
        self._outstanding: dict[str, list[Obligation]] = {}  # by rule; a rule with nothing outstanding may be missing
        self._latest: dict[str, datetime] = {}  # of each kind of check known, the latest date
        self._started: dict[tuple[str, datetime, bool], int] = {}  # how often, by rule, start, and whether it recurs
        self._answered: list[tuple[Rule, datetime]] = []
        self._at = datetime.min.replace(tzinfo=UTC)  # the moment being fed

    def feed(self, moment: Moment) -> None:
        """Take in what became known at one moment: assessments, then checks, then a closure."""
        self._at = moment.at
        self.begun = []
        latest = self._latest
        for check in moment.checks:
            kind, date = check.kind, check.checked_at
            if kind not in latest or latest[kind] < date:
                latest[kind] = date
        if moment.closing_date_gone and not moment.closed:
            self._reopen_without_closing_date()
        if moment.assessments:
            self._assess(moment)
        if moment.checks:
            self._start_by_checks(moment.checks)
            self._satisfy(moment.checks)
            for check in moment.checks:
                if check.kind in self._policy.closing.authorised_by:
                    self._authorise()
                    break
        if moment.closed and self.standing is Standing.OPEN:
            self._close()

    def account(self, next_known_at: datetime | None) -> Account:
        """Return what is owed after the moments fed so far."""
        highest = self._risk.highest(EVERY_CONCERN)
        return Account(
            child_ref=self.child_ref,
            standing=self.standing,
            tier="" if highest == NO_RISK else self._policy.tiers[highest],
            outstanding=tuple(self._owed()),
            ended=tuple(self.ended),
            unhonoured=tuple(self.unhonoured),
            next_known_at=next_known_at,
        )

    # --- assessments -------------------------------------------------------------------------------------------------
    def _assess(self, moment: Moment) -> None:
        news = [News(row.concern, rank_of(row.tier, self._policy), dated(row)) for row in moment.assessments]
        if any(new.rank > NO_RISK for new in news):
            self._authorised = False
            if self.standing is Standing.CLOSED:
                self._risk = Risk()
                self.standing = Standing.OPEN
        before = {scope: self._risk.highest(scope) for scope in self._book.scopes}
        self._risk.learn(news)
        if self.standing is Standing.CLOSED:
            return
        for rule in self._book.by_assessment:
            self._rise(rule, news)
        for scope, rank in before.items():
            if self._risk.highest(scope) < rank:
                self._lower(scope, rank, news)
        self._recur_where_answered()

    def _rise(self, rule: Rule, news: Sequence[News]) -> None:
        ranks, scope = self._book.ranks_of[rule.name], self._book.scope_of[rule.name]
        for concern, rank, date in news:
            if rank not in ranks or not scope.looks_at(concern):
                continue
            if rule.start is Start.ENTRY:
                earlier = self._risk.before(concern, date)
                if earlier is not None and (earlier >= rank or earlier in ranks):
                    continue
            if self._risk.highest_at(scope, date) in ranks:
                self._start_first(rule, date)

    def _lower(self, scope: Scope, was: int, news: Sequence[News]) -> None:
        now = self._risk.highest(scope)
        date = max(new.date for new in news if scope.looks_at(new.concern))
        for rule in self._policy.rules:
            if self._book.scope_of[rule.name] is not scope or self._applies_always(rule):
                continue
            ranks = self._book.ranks_of[rule.name]
            if was in ranks and now not in ranks:
                self._relax(rule)
            elif was not in ranks and now in ranks and rule.start is not Start.CHECKS:
                self._begin(rule, date)

    def _relax(self, rule: Rule) -> None:
        visit = self._recent_visit(rule)
        for owed in tuple(self._outstanding.get(rule.name, ())):
            if owed.basis is Basis.EVERY and owed.started_at == visit and owed.due_at > self._at:
                self._end(owed, Ending.RELAXED)

    def _begin(self, rule: Rule, date: datetime) -> None:
        visit = self._recent_visit(rule)
        if rule.every is not None and visit is not None:
            self._start(rule, visit, Basis.EVERY)
        else:
            self._start_first(rule, date)

    def _recent_visit(self, rule: Rule) -> datetime | None:
        """Return the latest check that satisfies the rule if it is recent enough to carry a lowering."""
        visit = max((self._latest[kind] for kind in rule.satisfied_by if kind in self._latest), default=None)
        within = self._policy.recent_check
        if visit is None or within is None or self._policy.calendar.add(visit, within) < self._at:
            return None
        return visit

    # --- checks ------------------------------------------------------------------------------------------------------
    def _start_by_checks(self, checks: Iterable[Check]) -> None:
        for check in checks:
            for rule in self._book.started_by.get(check.kind, ()):
                if self._applies(rule) and self._start_first(rule, check.checked_at):
                    self._authorised = False
        self._recur_where_answered()

    def _satisfy(self, checks: Sequence[Check]) -> None:
        for standing in tuple(self._outstanding.values()):
            if standing:
                rule = standing[0].rule
                by = [check for check in checks if check.kind in rule.satisfied_by]
                if by and self._discharge(standing, by) and self._recurs(rule):
                    self._start(rule, by[-1].checked_at, Basis.EVERY)

    def _discharge(self, standing: list[Obligation], by: Sequence[Check]) -> bool:
        """End what these checks, in order of date, satisfy; each is credited to the earliest that does."""
        left = []
        for owed in standing:
            for check in by:
                if _answers(check.kind, check.checked_at, owed):
                    owed.end(Ending.DISCHARGED, self._at, check)
                    self.ended.append(owed)
                    break
            else:
                left.append(owed)
        discharged = len(left) < len(standing)
        standing[:] = left
        return discharged

    # --- authority and closure ---------------------------------------------------------------------------------------
    def _authorise(self) -> None:
        if self.standing is Standing.OPEN:
            self._authorised = True
            return
        self.standing = Standing.CLOSED
        self._end_all(Ending.AUTHORISED)
        self.unhonoured = [one if one.settled_at else one._replace(settled_at=self._at) for one in self.unhonoured]

    def _close(self) -> None:
        closing = self._policy.closing
        highest = self._risk.highest_ever
        needs_authority = highest > NO_RISK and self._policy.tiers[highest] in closing.authority_needed_for
        owed = self._owed()
        in_debt = any(o.basis is Basis.FIRST or o.due_at <= self._at for o in owed)
        if self._authorised or not (needs_authority or in_debt):
            self.standing = Standing.CLOSED
            self._end_all(Ending.CLOSED)
            return
        due_at = min((o.due_at for o in owed), default=self._at)
        self.unhonoured.append(UnhonouredClosure(self.child_ref, self._at, due_at, needs_authority))
        self.standing = Standing.WAITING if needs_authority else Standing.CLOSED

    def _reopen_without_closing_date(self) -> None:
        """Open the child from this moment, not from before: the rules that apply begin as they do after a lowering."""
        if self.standing is Standing.CLOSED:
            self.standing = Standing.OPEN
            for rule in self._book.by_assessment:
                if self._applies(rule) and not self._outstanding.get(rule.name):
                    self._begin(rule, self._at)
        self.standing = Standing.OPEN

    # --- obligations -------------------------------------------------------------------------------------------------
    def _applies_always(self, rule: Rule) -> bool:
        return rule.start is Start.CHECKS and not rule.tiers

    def _applies(self, rule: Rule) -> bool:
        """Whether the rule applies now; a rule with tiers never does while the child is closed."""
        if self._applies_always(rule):
            return True
        if self.standing is Standing.CLOSED:
            return False
        return self._risk.highest(self._book.scope_of[rule.name]) in self._book.ranks_of[rule.name]

    def _recurs(self, rule: Rule) -> bool:
        if rule.every is None or self.standing is Standing.CLOSED:
            return False
        return self._risk.highest(self._book.scope_of[rule.name]) in self._book.ranks_of[rule.name] or (
            self._applies_always(rule)
        )

    def _start_first(self, rule: Rule, date: datetime) -> bool:
        """Start a first obligation unless a known check answers it already; whether it is owed."""
        owed = Obligation(self._policy, self.child_ref, rule, date, Basis.FIRST, self._at)
        visits = [
            self._latest[kind]
            for kind in rule.satisfied_by
            if kind in self._latest and _answers(kind, self._latest[kind], owed)
        ]
        if not visits:
            return self._start(rule, date, Basis.FIRST)
        self._answered.append((rule, max(visits)))
        return False

    def _recur_where_answered(self) -> None:
        """Start what recurs from the visits that answered a first obligation before it was ever owed.

        Once all of a moment's starts are known, so that the order of its rows changes nothing: a later start that is
        outstanding asks for more than the recurrence would.
        """
        if not self._answered:
            return
        answered, self._answered = self._answered, []
        for rule, visit in answered:
            covered = any(other.started_at >= visit for other in self._outstanding.get(rule.name, ()))
            if self._recurs(rule) and not covered:
                self._start(rule, visit, Basis.EVERY)

    def _start(self, rule: Rule, date: datetime, basis: Basis) -> bool:
        standing = self._outstanding.setdefault(rule.name, [])
        for owed in standing:
            if owed.started_at == date and owed.basis is basis:
                return False
        owed = Obligation(self._policy, self.child_ref, rule, date, basis, self._at)
        key = (rule.name, date, basis is Basis.EVERY)
        owed.occurrence = self._started.get(key, 0)
        self._started[key] = owed.occurrence + 1
        standing.append(owed)
        self.begun.append(owed)
        return True

    def _owed(self) -> list[Obligation]:
        return [owed for rule in self._policy.rules for owed in self._outstanding.get(rule.name, ())]

    def _end(self, owed: Obligation, ending: Ending) -> None:
        owed.end(ending, self._at)
        self._outstanding[owed.rule.name].remove(owed)
        self.ended.append(owed)

    def _end_all(self, ending: Ending) -> None:
        for owed in self._owed():
            self._end(owed, ending)


def _answers(kind: str, checked_at: datetime, owed: Obligation) -> bool:
    """Whether a satisfying check answers an obligation: made at or after its start, and not the record that started it.

    What was recorded at the very start by a kind that starts the rule, or of a visit from which a recurrence counts, is
    that record, or a second entry of the same visit: it buys no time, and must not end the watch.
    """
    if checked_at == owed.started_at:
        return owed.basis is Basis.FIRST and kind not in owed.rule.start_kinds
    return checked_at > owed.started_at


def fold(history: History, rulebook: Rulebook, now: datetime) -> Account:
    """Return what is owed to a child at `now`, from what was known of it by then."""
    line = timeline(history, now)
    child = ChildFold(history.child.child_ref, rulebook)
    for moment in line.moments:
        child.feed(moment)
    return child.account(line.next_known_at)
