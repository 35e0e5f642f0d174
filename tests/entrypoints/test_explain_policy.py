"""`riskwatch explain-policy`: the policy of the folder in plain English, as text or as a page."""

from pathlib import Path

from tests.entrypoints.conftest import Riskwatch, edit


def test_it_prints_the_policy(riskwatch: Riskwatch, config: Path) -> None:
    """The shipped one, with its example behind the moment asked for."""
    done = riskwatch("explain-policy", "--at", "2026-11-23")
    assert 0 == done.code
    assert done.out[0].startswith("Policy example-1: ")
    assert "TIER: VERY_HIGH" in done.out
    assert any("Fri 30 Apr 2027, 16:00" in line for line in done.out)


def test_it_writes_a_page(riskwatch: Riskwatch, config: Path, tmp_path: Path) -> None:
    """One file, and a line that says so."""
    page = tmp_path / "policy.html"
    done = riskwatch("explain-policy", "--html", str(page))
    assert (0, [f"{page}: policy example-1, to be read, printed and signed"]) == (done.code, done.out)
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_what_cannot_be_done_is_said(riskwatch: Riskwatch, config: Path, tmp_path: Path) -> None:
    """A place that cannot be written, a time that is none, a policy with an error."""
    done = riskwatch("explain-policy", "--html", str(tmp_path / "none" / "policy.html"))
    assert (2, "cannot be written (No such file or directory)") == (done.code, done.err[0].partition(".html: ")[2])
    assert 2 == riskwatch("explain-policy", "--at", "soon").code
    line = edit(config / "policy.toml", 'first = "24 hours"', 'first = "24 hourz"')
    done = riskwatch("explain-policy")
    assert 2 == done.code
    assert f"policy.toml:{line}: " in done.err[0]
