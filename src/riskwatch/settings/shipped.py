"""Where the files that come with the package are: the defaults of config/ and templates/."""

from importlib.resources import files
from pathlib import Path


def shipped(path: str) -> Path:
    """Return where the shipped file or folder `path`, such as "config/policy.toml", is.

    An installed package holds it in its `defaults`; a source checkout at the top of the repository.
    """
    package = Path(str(files("riskwatch")))
    installed = package / "defaults" / path
    return installed if installed.exists() else package.parents[1] / path
