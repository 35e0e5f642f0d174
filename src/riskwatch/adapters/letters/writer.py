"""Words a draft by the templates, or by the built-in wording where one is broken, and serializes it."""

from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import structlog
from markupsafe import escape

from riskwatch.adapters.letters import plain
from riskwatch.adapters.letters.message import Mail, Serializer
from riskwatch.adapters.letters.sandbox import (
    LETTER_NAMES,
    SERVICE_NAMES,
    CompiledTemplate,
    EndlessTemplate,
    TemplateFault,
    require,
    sandbox,
)
from riskwatch.adapters.letters.words import LetterWords
from riskwatch.adapters.letters.wordsmith import Wordsmith
from riskwatch.core.notices import Draft, Rendered, ServiceLetter

MAX_FAULTS = 50
TEMPLATES = {
    "letter.txt.j2": LETTER_NAMES,
    "letter.html.j2": LETTER_NAMES,
    "digest.txt.j2": LETTER_NAMES - {"line"},
    "digest.html.j2": LETTER_NAMES - {"line"},
    "service.txt.j2": SERVICE_NAMES,
    "service.html.j2": SERVICE_NAMES,
}
"""The templates that a folder must hold, and the names that each may speak of."""

_TEXT_BASE = 64_000
_TEXT_EACH = 8_000
"""Characters that a text may have, and for each line or row more: a digest is never cut, a runaway template is."""

log = structlog.get_logger()


class LetterWriter:
    """Words letters.

    `faults` are the templates' failures since the start, as `file:line: template: reason`, at most 50; each is logged.
    A template that does not name each case of a letter, or each paragraph of one about the service, has failed.
    """

    def __init__(
        self, *, templates: Path | None, marking: str, case_link: str, sender: str, timezone: ZoneInfo
    ) -> None:
        """`templates` None: the built-in wording only. In `case_link`, `{child_ref}` stands for the case reference.

        ValueError where `sender` is not one plain address, or `case_link` no http or https address.
        """
        if case_link and urlsplit(case_link).scheme not in ("http", "https"):
            raise ValueError("case_link must begin with https:// or http://")
        self.faults: list[str] = []
        self._words = Wordsmith(marking=marking, case_link=case_link, timezone=timezone)
        self._serializer = Serializer(sender=sender, sensitive=marking != "")
        self._folder = templates
        self._templates = {} if templates is None else self._compile(templates)

    def _compile(self, folder: Path) -> dict[str, CompiledTemplate]:
        environment = sandbox()
        compiled = {}
        for name, names in TEMPLATES.items():
            try:
                compiled[name] = CompiledTemplate(environment, folder / name, names)
            except TemplateFault as fault:
                self._note(name, fault)
        return compiled

    def _note(self, name: str, fault: TemplateFault) -> None:
        folder = self._folder or Path()
        text = f"{folder / name}:{fault.line or 1}: template: {fault.reason}"
        if text not in self.faults and len(self.faults) < MAX_FAULTS:
            self.faults.append(text)
            log.error("template-failed", file=str(folder / name), line=fault.line or 1, problem=fault.reason)

    def render(self, draft: Draft) -> Rendered:
        """Return the worded letter: one line is a letter on that child, several are a digest, worst first."""
        words = self._words.letter(draft)
        name = "letter" if len(words.lines) == 1 else "digest"
        subject = self._words.subject(draft)
        needed, limit = [line.case for line in words.lines], _TEXT_BASE + len(words.lines) * _TEXT_EACH
        text, html = self._twins(name, _context(words), lambda: plain.letter(words), needed, limit)
        mail = Mail(draft.letter_id, draft.recipient, subject, draft.made_at, text, html, tuple(draft.thread))
        return Rendered(subject, self._serializer.serialize(mail))

    def render_service(self, letter: ServiceLetter) -> Rendered:
        """Return the worded letter about the service itself."""
        words = self._words.service(letter)
        subject = self._words.service_subject(letter)
        limit = _TEXT_BASE + (len(words.rows) + len(words.paragraphs)) * _TEXT_EACH
        needed = [paragraph.text for paragraph in words.paragraphs]
        text, html = self._twins("service", words._asdict(), lambda: plain.service(words), needed, limit)
        mail = Mail(letter.letter_id, letter.recipient, subject, letter.made_at, text, html)
        return Rendered(subject, self._serializer.serialize(mail))

    def _twins(
        self, name: str, context: dict[str, object], built_in: Callable[[], str], needed: Sequence[str], limit: int
    ) -> tuple[str, str]:
        """Return the text and its HTML twin; a twin that its template cannot give is made from what there is.

        `needed` must stand in both: what a template leaves out nobody would be told.
        """
        text = self._twin(f"{name}.txt.j2", context, needed, limit)
        html = self._twin(f"{name}.html.j2", context, [str(escape(fact)) for fact in needed], limit)
        if text is None:
            text = built_in()
        return text, plain.page(text) if html is None else html

    def _twin(self, name: str, context: dict[str, object], needed: Sequence[str], limit: int) -> str | None:
        template = self._templates.get(name)
        if template is None:
            return None
        try:
            text = template.render(context, limit=limit)
            require(text, needed)
        except TemplateFault as fault:
            self._note(name, fault)
            if isinstance(fault, EndlessTemplate):
                del self._templates[name]
            return None
        return text


def _context(words: LetterWords) -> dict[str, object]:
    context = words._asdict()
    if len(words.lines) == 1:
        context["line"] = words.lines[0]
    return context
