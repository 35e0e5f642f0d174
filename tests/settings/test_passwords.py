"""Where secrets come from."""

from pathlib import Path

import pytest

from riskwatch.settings.passwords import SMTP_PASSWORD, PasswordFault, read_secret


def test_a_file_gives_its_content_less_the_newline(tmp_path: Path) -> None:
    """An editor's trailing newline is no part of a password; a space may be."""
    (tmp_path / "secret").write_text("pass word \n")
    assert read_secret(tmp_path / "secret", SMTP_PASSWORD) == "pass word "


def test_the_environment_serves_without_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """A container may give the secret by a variable; a blank one is none."""
    monkeypatch.setenv(SMTP_PASSWORD, "from outside")
    assert read_secret(None, SMTP_PASSWORD) == "from outside"
    monkeypatch.setenv(SMTP_PASSWORD, "")
    assert read_secret(None, SMTP_PASSWORD) is None


def test_what_has_no_variable_has_no_password_without_a_file() -> None:
    """A relay that stands in never gets the password of the first."""
    assert read_secret(None, None) is None


def test_a_file_that_cannot_be_read_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A named file that is missing is told; no other secret is tried in its place."""
    monkeypatch.setenv(SMTP_PASSWORD, "an older one")
    with pytest.raises(PasswordFault, match="cannot be read"):
        read_secret(tmp_path / "nowhere", SMTP_PASSWORD)


@pytest.mark.parametrize(("content", "reason"), [(b"\n", "is empty"), (b"\xff", "is not UTF-8")])
def test_a_file_without_a_password_is_a_fault(tmp_path: Path, content: bytes, reason: str) -> None:
    """An empty or unreadable secret never counts as a login without one."""
    (tmp_path / "secret").write_bytes(content)
    with pytest.raises(PasswordFault, match=reason):
        read_secret(tmp_path / "secret", SMTP_PASSWORD)
