"""A letter that was held back says so, for how long, and why."""

from datetime import timedelta

import pytest

from tests.adapters.letters.drafts import TEMPLATES, a_mixed_draft, a_writer, text

HOUR = timedelta(hours=1)


@pytest.mark.parametrize("built_in", [False, True])
@pytest.mark.parametrize(
    ("paced", "reason"),
    [(True, "the mail server takes only so many letters a minute"), (False, "you had had your letters for the hour")],
)
def test_why_and_for_how_long(built_in: bool, paced: bool, reason: str) -> None:
    """By the templates and in the built-in wording."""
    draft = a_mixed_draft()
    draft = draft._replace(held_since=draft.made_at - 2 * HOUR, paced=paced)

    said = text(a_writer(templates=None if built_in else TEMPLATES).render(draft))

    assert f"Held back until now, the first for 2 hours, because {reason}: 2" in said
