"""What riskwatch is built of: locked, by hash, from the public index alone; and audited by a target of its own."""

import os
import subprocess
import tomllib
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[2]
PUBLIC = {"a4aa2ac280bb8d1a", "c899567ee9068517"}
"""The public index's two hosts, by the start of their SHA-256: the lock file alone names them."""
NOT_KNOWN = 3


def packages() -> list[dict[str, Any]]:
    """Return the packages of the lock file, riskwatch itself left out."""
    locked = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    return [package for package in locked if package["name"] != "riskwatch"]


def test_every_file_is_locked_by_its_hash() -> None:
    """A package that was exchanged at the index is not installed."""
    found = packages()
    assert len(found) > 40
    for package in found:
        files = [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]
        assert [] != files
        assert all(file["hash"].startswith("sha256:") for file in files), package["name"]


def test_only_the_public_index_is_named() -> None:
    """No mirror of whoever wrote the lock file is in it, and no package comes from a path or a repository."""
    hosts = set()
    for package in packages():
        assert ["registry"] == list(package["source"]), package["name"]
        urls = [file["url"] for file in [*package.get("wheels", []), package.get("sdist", {"url": ""})]]
        hosts |= {urlsplit(url).netloc for url in [package["source"]["registry"], *urls] if url}
        assert all(urlsplit(url).scheme == "https" for url in urls if url)
    assert PUBLIC == {sha256(host.encode()).hexdigest()[:16] for host in hosts}


def test_an_audit_that_could_not_be_made_says_so(tmp_path: Path) -> None:
    """One line, and an exit code that is neither "in order" nor "affected"."""
    (tmp_path / "uv").write_text('#!/bin/sh\n[ "$1" = export ] || { echo "no answer from the index" >&2; exit 1; }\n')
    (tmp_path / "uv").chmod(0o755)
    ran = subprocess.run(
        [ROOT / "deploy" / "audit-deps.sh"],
        env={"PATH": os.environ["PATH"], "BIN": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert NOT_KNOWN == ran.returncode
    [line] = ran.stderr.splitlines()
    assert line.startswith("audit-deps: not audited: ")
    assert line.endswith("could not be reached (no answer from the index)")
