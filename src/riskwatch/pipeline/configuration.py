"""Configuration: what was taken up, what was refused, and what is told of either."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from riskwatch.core.configuration import OTHER, TEMPLATE, UNIT, Configuration, Difference, differences
from riskwatch.core.mandate import Mandate
from riskwatch.core.notices import ServiceLetter
from riskwatch.core.spelling import wall_clock
from riskwatch.core.succession import Effects
from riskwatch.core.tracking import Decision, Entry
from riskwatch.pipeline.ports import Letters, Transaction
from riskwatch.pipeline.posting import identity, post, take_turn

PURPOSE = "configuration"
IN_FORCE = "configuration-in-force"
NEWS = "configuration-news"
REFUSED = "configuration-refused"
WAITING = "configuration-waiting"
TURN = "configuration-turn"
LISTED = 50
"""Problems of a refused configuration that are kept and told; how many more there are is said."""
MAX_DETAIL = 1_000
"""Characters of the journal's account of what changed; the letter has the rest."""


class News(NamedTuple):
    """A configuration that was taken up, of which the administrator is yet to be told."""

    at: datetime
    by: str
    before: str  # the version of the policy before it
    changes: tuple[tuple[str, int, str], ...]  # of each kind of part: how many differ, and the sentence that says which
    effects: Effects = Effects()


class Refusal(NamedTuple):
    """Files that could not be taken up, while the configuration before them stays in force."""

    at: datetime
    problems: tuple[str, ...]
    beyond: int = 0

    @property
    def sentence(self) -> str:
        """The refusal in one line, for whoever asks how the service is."""
        number = len(self.problems) + self.beyond
        return f"{number} problem{'' if number == 1 else 's'}, the first: {self.problems[0]}"


# --- what is in force -------------------------------------------------------------------------------------------------
def in_force(tx: Transaction) -> Configuration | None:
    """Return the configuration that was taken up last; None before the first."""
    kept = tx.recall(IN_FORCE)
    if not kept:
        return None
    fields = json.loads(kept)
    return Configuration(**{**fields, "at": datetime.fromisoformat(fields["at"])})


def take_up(tx: Transaction, new: Configuration, mandate: Mandate, waits: str = "") -> bool:
    """Write down what is in force from now on; whether it differs from what was.

    Nothing is decided under a configuration that the journal does not name. `waits` says that the policy of the files
    is not part of it yet, or blank.
    """
    take_turn(tx, TURN, new.at)
    before = in_force(tx)
    changes = tuple(differences(before.parts, new.parts)) if before is not None else ()
    tx.remember(REFUSED, "")
    tx.remember(WAITING, waits)
    if before is not None and not changes:
        return False
    policy = mandate.policy
    detail = {
        "fingerprint": new.fingerprint,
        "by": new.by,
        "approved_by": policy.approved_by,
        "valid_from": policy.valid_from.isoformat() if policy.valid_from is not None else "",
        "apply": str(policy.apply),
        "changed": _cut(". ".join(one.sentence for one in changes)),
    }
    tx.journal([Entry(new.at, Decision.CONFIGURED, "", "policy", new.version, detail)])
    tx.remember(IN_FORCE, json.dumps({**new._asdict(), "at": new.at.isoformat()}, sort_keys=True))
    if before is not None:
        news = News(new.at, new.by, before.version, tuple(map(_told, changes)))
        earlier = news_of(tx)
        if earlier is not None:  # two changes in a row: nothing of the first is lost, and it counts from the first
            changes_of_both = (*earlier.changes, *news.changes)
            news = news._replace(before=earlier.before, changes=changes_of_both[-LISTED:], effects=earlier.effects)
        _keep_news(tx, news)
    return True


def _told(one: Difference) -> tuple[str, int, str]:
    return one.kind, one.number, one.sentence


def _cut(text: str) -> str:
    return text if len(text) <= MAX_DETAIL else f"{text[: MAX_DETAIL - 3]}..."


# --- what it changes --------------------------------------------------------------------------------------------------
def news_of(tx: Transaction) -> News | None:
    """Return the configuration of which the administrator is yet to be told, if there is one."""
    kept = tx.recall(NEWS)
    if not kept:
        return None
    at, by, before, changes, effects = json.loads(kept)
    return News(datetime.fromisoformat(at), by, before, tuple(map(tuple, changes)), Effects(*effects))


def _keep_news(tx: Transaction, news: News) -> None:
    tx.remember(NEWS, json.dumps([news.at.isoformat(), *news[1:]]))


def add_effects(tx: Transaction, effects: Effects, now: datetime) -> None:
    """Count what a reading under a new policy has just changed, in the transaction that changes it."""
    if effects == Effects():
        return
    take_turn(tx, TURN, now)
    news = news_of(tx)
    if news is not None:
        _keep_news(tx, news._replace(effects=news.effects.plus(effects)))


# --- what is refused --------------------------------------------------------------------------------------------------
def refusal(text: str | None) -> Refusal | None:
    """Return the refusal that a named value holds; None where the files were taken up."""
    if not text:
        return None
    at, problems, beyond = json.loads(text)
    return Refusal(datetime.fromisoformat(at), tuple(problems), beyond)


def refuse(tx: Transaction, problems: Sequence[str], letters: Letters, mandate: Mandate, now: datetime) -> None:
    """Keep why the files were not taken up, and write to the administrator: once a day for the same problems.

    `mandate` is the one that stays in force.
    """
    listed = tuple(problems[:LISTED])
    tx.remember(REFUSED, json.dumps([now.isoformat(), listed, len(problems) - len(listed)]))
    more = f" There are {len(problems) - LISTED} more." if len(problems) > LISTED else ""
    day = mandate.policy.calendar.today(now)
    words = ServiceLetter(
        letter_id=identity(PURPOSE, "refused", day, *listed),
        recipient=mandate.directory.administrator,
        made_at=now,
        purpose=PURPOSE,
        subject="The configuration was refused: the one before it stays in force",
        paragraphs=(
            "The files of the configuration were to be taken up, and something is wrong with them. None of them was: "
            f"policy {mandate.policy.version}, and everything that came with it, stays in force until they are mended "
            "and taken up (`riskwatch check-config`, then `riskwatch reload`)." + more,
            "riskwatch goes on watching. A daemon that is stopped cannot start again with these files.",
        ),
        table_head=("what is wrong",),
        table_rows=tuple((problem,) for problem in listed),
    )
    post(tx, letters, words)


# --- what is told -----------------------------------------------------------------------------------------------------
def tell(tx: Transaction, news: News, letters: Letters, mandate: Mandate, now: datetime, *, uncounted: str) -> None:
    """Write to the administrator what a configuration changed. `uncounted`: why its effects are not known, or ""."""
    take_turn(tx, TURN, now)
    if news_of(tx) != news:  # another daemon has told it meanwhile
        return
    tx.remember(NEWS, "")
    policy = mandate.policy
    is_policy = any(kind not in (UNIT, TEMPLATE) for kind, _, _ in news.changes)
    words = ServiceLetter(
        letter_id=identity(PURPOSE, news.at, mandate.fingerprint, len(news.changes)),
        recipient=mandate.directory.administrator,
        made_at=now,
        purpose=PURPOSE,
        subject=_subject(news, mandate, is_policy=is_policy),
        paragraphs=(
            f"Policy {policy.version} is in force{_approved(mandate)}. It was loaded by {news.by}; before it, "
            f"{news.before} was in force.",
            *(sentence for _, _, sentence in news.changes),
            *_effects(news.effects, mandate, uncounted),
            "`riskwatch journal show` has each change, with the policy under which it was decided.",
        ),
    )
    post(tx, letters, words)


def _subject(news: News, mandate: Mandate, *, is_policy: bool) -> str:
    what = f"Policy {mandate.policy.version}" if is_policy else "Configuration"
    counts = [(news.effects.earlier, "deadline", "earlier")]
    counts += [(number, kind, "changed") for kind, number, _ in news.changes if kind != OTHER]
    said = [f"{number} {noun}{'' if number == 1 else 's'} {verb}" for number, noun, verb in counts if number]
    text = f"{what} loaded by {mandate.policy.approved_by or news.by}"
    return f"{text}: {', '.join(said)}" if said else text


def _approved(mandate: Mandate) -> str:
    policy = mandate.policy
    by = f", approved by {policy.approved_by}" if policy.approved_by else ""
    if policy.valid_from is None:
        return by
    return f"{by}, valid from {wall_clock(policy.valid_from, policy.calendar.timezone)}"


def _effects(effects: Effects, mandate: Mandate, uncounted: str) -> list[str]:
    if uncounted:
        return [f"What it changes for children could not be counted yet: {uncounted}."]
    said = [
        (effects.earlier, "took an earlier deadline"),
        (effects.kept, f'keep the deadline that they were given, not the new one (apply = "{mandate.policy.apply}")'),
        (effects.owed, "began under it"),
        (effects.reopened, "had ended, and run again"),
        (effects.doubted, "are no longer asked for, and end if the next full reading agrees"),
        (effects.retired, "ended because their rule was taken out (`retires`); whoever was told of them hears it"),
        (effects.ended, "ended otherwise"),
    ]
    counts = "; ".join(f"{number} {text}" for number, text in said if number)
    if not counts:
        return ["No obligation was changed by it."]
    return [f"Of the obligations, in the first full reading under it: {counts}."]
