"""`riskwatch init`: writes a config folder and templates to start from."""

from argparse import Namespace
from pathlib import Path

from riskwatch.entrypoints.console import Console, Refused
from riskwatch.settings.shipped import shipped

FOLDERS = ("config", "config/schemas", "templates")
WITHOUT_OWN_WORDING = '# templates = "../templates"'
WITH_OWN_WORDING = 'templates = "../templates"'
"""The shipped file leaves its own wording out: the templates that are written here would be edited in vain."""


def run(arguments: Namespace, console: Console) -> int:
    """Write every file, or none where one of them is there already."""
    target: Path = arguments.dir
    files = {
        target / folder / source.name: source
        for folder in FOLDERS
        for source in sorted(shipped(folder).iterdir())
        if source.is_file() and not source.name.startswith(".")
    }
    there = [path for path in files if path.exists()]
    if there:
        raise Refused(f"{path}: is there already and is kept; nothing was written" for path in there)
    for path, source in files.items():
        _write(path, source)
        console.out(str(path))
    console.out(f"Put in your own people and rules, then run: riskwatch --config {target / 'config'} check-config")
    return 0


def _write(path: Path, source: Path) -> None:
    text = source.read_bytes().decode().replace(WITHOUT_OWN_WORDING, WITH_OWN_WORDING, 1)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(text.encode())
    except OSError as error:
        raise Refused([f"{path}: cannot be written: {error.strerror}"]) from None
