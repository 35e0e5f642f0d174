"""Secrets: read at the moment of use, from a file outside config/ or from the environment."""

import os
from pathlib import Path

from riskwatch.core.faults import Fault

DATABASE_PASSWORD = "RISKWATCH_DATABASE_PASSWORD"  # noqa: S105  the name of a variable
SOURCE_PASSWORD = "RISKWATCH_SOURCE_PASSWORD"  # noqa: S105  the name of a variable
SMTP_PASSWORD = "RISKWATCH_SMTP_PASSWORD"  # noqa: S105  the name of a variable
MAX_SECRET = 10_000


class PasswordFault(Fault):
    """A password file cannot be read."""


def read_secret(password_file: Path | None, env_name: str | None) -> str | None:
    """Return the content of the file less its trailing newline, else the environment variable, else None: no secret.

    `env_name` None: the file is the only place where the secret may stand.

    A file that cannot be read raises PasswordFault: an older secret in the environment is not meant then.
    """
    if password_file is None:
        return None if env_name is None else os.environ.get(env_name) or None
    try:
        with password_file.open(encoding="utf-8") as file:
            secret = file.read(MAX_SECRET)
    except UnicodeDecodeError:
        raise PasswordFault(f"password_file {password_file} is not UTF-8 text") from None
    except OSError as error:
        raise PasswordFault(f"password_file {password_file} cannot be read: {error.strerror}") from None
    secret = secret.removesuffix("\n")
    if not secret:
        raise PasswordFault(f"password_file {password_file} is empty")
    return secret
