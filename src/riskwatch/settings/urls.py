"""Addresses of databases and of pages: what is accepted, and the one form in which the program uses them."""

import ipaddress
import os
import re
from pathlib import Path
from urllib.parse import urlsplit

_DATABASE_URL = re.compile(r"(?P<scheme>[a-z0-9_]+(?:\+[a-z0-9_]+)?)://(?P<rest>.*)", re.DOTALL)
_WITH_PASSWORD = re.compile(r"[^:/@]*:[^@]*@", re.DOTALL)
_PASSWORD_OPTION = re.compile(r"(?:^|[?&;]|%3b)(?:pwd|passwd|password)(?:=|%3d)", re.IGNORECASE)
_DRIVERS = {
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
}
_SQLITE = ("sqlite", "sqlite+pysqlite")
_HOST_PORT = re.compile(r"(?P<host>\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):(?P<port>[0-9]{1,5})")


def store_url(written: str, folder: Path) -> str:
    """Return the url of the service's own database in its one form, or raise ValueError with the mend."""
    scheme, rest = _split(written)
    if scheme in _SQLITE:
        return _sqlite_url(rest, folder)
    if scheme in ("postgresql", "postgres", "postgresql+psycopg"):
        return f"postgresql+psycopg://{rest}"
    raise ValueError('must begin with "sqlite:///" or "postgresql://"')


def source_url(written: str, folder: Path) -> str:
    """Return the url of the agency's database in its one form, or raise ValueError with the mend."""
    scheme, rest = _split(written)
    if scheme in _SQLITE:
        return _sqlite_url(rest, folder)
    scheme = _DRIVERS.get(scheme, scheme)
    if "+" not in scheme:
        raise ValueError('must name the database and its driver, such as "postgresql+psycopg://" or "mssql+pyodbc://"')
    return f"{scheme}://{rest}"


def _split(written: str) -> tuple[str, str]:
    url = _DATABASE_URL.fullmatch(written)
    if url is None or not written.isprintable():
        raise ValueError('must be a database address, such as "postgresql://user@host/name"')
    if _WITH_PASSWORD.match(url["rest"]) or _PASSWORD_OPTION.search(url["rest"]):
        raise ValueError("holds a password; take it out, and name a file that holds it in password_file")
    return url["scheme"], url["rest"]


def _sqlite_url(rest: str, folder: Path) -> str:
    if not rest.startswith("/") or rest in ("/", "/:memory:"):
        raise ValueError('must name a file, such as "sqlite:///../riskwatch.db" beside the config folder')
    if "?" in rest:
        raise ValueError("must be a file alone, without options")
    return f"sqlite:///{absolute(rest.removeprefix('/'), folder)}"


def absolute(written: str, folder: Path) -> Path:
    """Return a path as the program uses it; a relative one counts from the config folder."""
    return Path(os.path.realpath(folder / written))


def absolute_or_none(written: str, folder: Path) -> Path | None:
    """Return a path as `absolute` does, None where none is written."""
    return absolute(written, folder) if written else None


def is_loopback(host: str) -> bool:
    """Whether a host can be nothing but this machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def split_host_port(written: str) -> tuple[str, int]:
    """Return host and port of "127.0.0.1:8099", or raise ValueError."""
    parts = _HOST_PORT.fullmatch(written)
    if parts is None or not 0 < int(parts["port"]) < 65_536:
        raise ValueError('must be host:port, such as "127.0.0.1:8099"')
    return parts["host"].strip("[]"), int(parts["port"])


def is_page(url: str) -> bool:
    """Whether an address is one of https, or of http on this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if not url.isprintable() or " " in url or not host:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
