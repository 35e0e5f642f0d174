"""The built-in wording: what a letter says when its template is broken or missing. Plain, complete, not editable."""

from html import escape

from riskwatch.adapters.letters.words import LetterWords, LineWords, ServiceWords

_ENDINGS = {
    "discharged": "a check was recorded",
    "authorised": "an authority to close the record was recorded",
    "closed": "the record was closed, and the closure is honoured",
    "relaxed": "the risk was lowered on the strength of a recent visit",
    "retired": "the policy no longer has this rule",
    "withdrawn": "the records were corrected, or the policy changed, and no longer ask for it",
}


def letter(words: LetterWords) -> str:
    """Return the plain text of a letter of any number of lines."""
    paragraphs = ["\n".join(_facts(line)) for line in words.lines]
    if words.rungs:
        told = [f"{rung.at}: {rung.who}" + (f" ({rung.fate})" if rung.fate else "") for rung in words.rungs]
        paragraphs.append("\n".join(["Told so far:", *told]))
    if len(words.lines) != 1:
        paragraphs.insert(0, f"{words.summary}." + (" The worst stands first." if words.call == "now" else ""))
    if words.held_back:
        since = f", the first for {words.waited}" if words.waited else ""
        why = (
            "the mail server takes only so many letters a minute"
            if words.paced
            else "you had had your letters for the hour"
        )
        paragraphs.append(f"Held back until now{since}, because {why}: {words.held_back}.")
    paragraphs.append(
        "A phone call, a parent's word or closing the record is no check.\n"
        f"Written by riskwatch on {words.made}, in its built-in wording: the administrator has been told why."
    )
    return "\n\n".join(paragraphs) + "\n"


def _facts(line: LineWords) -> list[str]:
    """Return one notice, a fact a line."""
    facts = [f"{_headline(line)}: case {line.case}{f' ({line.where})' if line.where else ''}"]
    facts.append(f"Rule {line.rule}, due {line.due}. Officer: {line.officer or 'nobody is allocated'}.")
    if line.kind == "cleared":
        facts.append(_ending(line))
    elif line.kind == "closed_unchecked":
        authority = f" ({line.counts})" if line.counts else ""
        facts.append(f"Have what is still owed done, or the closure authorised{authority}, and recorded.")
    elif line.counts:
        facts.append(f"Only this, done and recorded for this child, settles it: {line.counts}.")
    if line.next_told and line.next_at and line.kind != "cleared":
        facts.append(f"If nothing is recorded by {line.next_at}, {line.next_told}.")
    if line.told:
        facts.append(f"Told so far: {line.told}.")
    if line.passed_up:
        facts.append(f"Passed up to you at the step {line.step}: {line.passed_up_why}.")
    if line.link:
        facts.append(line.link)
    return facts


def _headline(line: LineWords) -> str:
    match line.kind:
        case "reminder":
            return f"DUE IN {line.due_in}" if line.due_in else "DUE NOW"
        case "overdue":
            return f"OVERDUE BY {line.late}" if line.late else "OVERDUE NOW"
        case "closed_unchecked":
            return "CLOSED WITHOUT A CHECK OR AUTHORITY, which ends nothing"
    return "CLEARED"


def _ending(line: LineWords) -> str:
    what = _ENDINGS.get(line.ending, line.ending or "it is no longer owed")
    when = f" on {line.ended}" if line.ended else ""
    if not line.checked:
        return f"Ended{when}: {what}."
    lateness = f"{line.checked_late} late" if line.checked_late else "in time"
    return f"Ended{when}: {what}. The check was made on {line.checked}, {lateness}."


def service(words: ServiceWords) -> str:
    """Return the plain text of a letter about the service."""
    table = ["\n".join(words.table)] if words.table else []
    said = [f"{head}: {text}" if head else text for head, text in words.paragraphs]
    return "\n\n".join([words.subject, *said, *table, f"Written by riskwatch on {words.made}."]) + "\n"


def page(text: str) -> str:
    """Return a plain text as an HTML page that says the same."""
    return (
        '<!DOCTYPE html>\n<html lang="en-GB"><head><meta charset="utf-8"><title>riskwatch</title></head>\n'
        f'<body><pre style="font:16px Arial,sans-serif;white-space:pre-wrap">\n{escape(text)}</pre></body></html>\n'
    )
