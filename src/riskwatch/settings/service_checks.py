"""What may be wrong with riskwatch.toml although each of its values can be read."""

import os
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from riskwatch.core.directory import domain_of
from riskwatch.settings.model import Security
from riskwatch.settings.positions import Place
from riskwatch.settings.service_file import (
    LOG_LEVELS,
    BoardTable,
    DaemonTable,
    LettersTable,
    ServiceTable,
    SourceTable,
)
from riskwatch.settings.smtp_tables import RelayTable, SmtpTable
from riskwatch.settings.toml_file import TomlFile
from riskwatch.settings.urls import absolute, is_loopback, is_page, source_url, split_host_port, store_url

CHILD_REF = "{child_ref}"
_SELECT = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/|\()*(?:select|with)\b", re.IGNORECASE | re.DOTALL)
_SINCE = re.compile(r"(?<![:\w]):since\b")
LONG_STALE = timedelta(days=4)
"""A nightly extract that is not loaded over a long weekend is as old as this."""
WIDE_SHRINK_PERCENT = 50
SHORT_WAIT = timedelta(minutes=5)
LONG_WAIT = timedelta(hours=4)
SHORT_AUDIT = timedelta(minutes=5)
LONG_AUDIT = timedelta(days=1)
SHORT_BOARD = timedelta(minutes=1)
LONG_BOARD = timedelta(hours=1)
_NEEDED_QUERIES = ("children", "assessments", "checks")


def check_service(file: TomlFile, table: ServiceTable, folder: Path) -> None:
    """Note what is wrong with the settings; relative paths count from the folder."""
    _check_url(file, ("database", "url"), table.database.url, store_url, folder)
    _check_source(file, table.source, folder)
    if table.smtp is not None:
        _check_smtp(file, table.smtp, folder)
    elif "smtp" not in file.keys_at():
        file.finding(("smtp",), "is missing: no letter can be sent")
    _check_letters(file, table.letters, folder)
    _check_daemon(file, table.service)
    _check_board(file, table.board, folder)
    for section, password_file in (
        ("database", table.database.password_file),
        ("source", table.source.password_file),
    ):
        _check_password_file(file, (section, "password_file"), password_file, folder)
    _check_password_file(file, ("service", "journal_key_file"), table.service.journal_key_file, folder)
    if _is_on_a_server(table.database.url, folder) and not table.service.journal_heads:
        text = "is missing: with the database on a server, nothing outside it would show that the journal was cut"
        file.finding(("service", "journal_heads"), text)


def _is_on_a_server(url: str, folder: Path) -> bool:
    try:
        return not store_url(url, folder).startswith("sqlite:")
    except ValueError:  # said elsewhere
        return False


def _check_url(file: TomlFile, place: Place, url: str, accept: Callable[[str, Path], str], folder: Path) -> None:
    try:
        accept(url, folder)
    except ValueError as error:
        file.error(place, str(error))


def _check_source(file: TomlFile, source: SourceTable, folder: Path) -> None:
    queries = source.queries
    if source.url:
        _check_url(file, ("source", "url"), source.url, source_url, folder)
    for name, query in queries.items():
        place = ("source", name)
        if not query:
            if source.url and name in _NEEDED_QUERIES and (source.given(name) or name not in file.keys_at("source")):
                file.error(place, "is missing: source.url needs the query")
        elif not source.url:
            if source.given("url") or "url" not in file.keys_at("source"):
                file.error(place, "has no effect without source.url: the embedded tables need no query")
        elif not _SELECT.match(query):
            file.error(place, "must be one SELECT")
    _check_trust(file, source)
    if queries["changed"] and not _SINCE.search(queries["changed"]):
        file.error(("source", "changed"), "must have the parameter :since, as in WHERE changed_at >= :since")


def _check_trust(file: TomlFile, source: SourceTable) -> None:
    """Note limits under which a bad extract would be believed, or a good one would not."""
    if source.stale_after < source.refresh_every and not source.given("stale_after"):
        limit = f"{source.stale_after // timedelta(hours=1)} hours"
        text = f"must be at most {limit}, for which source.stale_after stands: all would be stale"
        file.error(("source", "refresh_every"), text)
    elif source.stale_after < source.refresh_every:
        file.error(("source", "stale_after"), "must not be shorter than source.refresh_every: all would be stale")
    elif source.stale_after > LONG_STALE:
        file.finding(("source", "stale_after"), f"lets an extract that is {LONG_STALE.days} days old pass as fresh")
    if source.shrink_limit_percent > WIDE_SHRINK_PERCENT:
        text = f"lets an extract that lost more than {WIDE_SHRINK_PERCENT} % of its rows pass"
        file.finding(("source", "shrink_limit_percent"), text)


def _check_smtp(file: TomlFile, smtp: SmtpTable, folder: Path) -> None:
    _check_relay(file, ("smtp",), "smtp", smtp, folder)
    if smtp.given("sender") and domain_of(smtp.sender) is None:
        file.error(("smtp", "sender"), "must be one plain address, such as riskwatch@north.police.uk")
    for index, relay in enumerate(smtp.fallback):
        place, name = ("smtp", "fallback", index), f"smtp.fallback[{index + 1}]"
        _check_relay(file, place, name, relay, folder)
        if relay.username and not relay.password_file and "password_file" not in file.keys_at(*place):
            file.error((*place, "password_file"), f"is missing: {name}.username is given")


def _check_relay(file: TomlFile, place: Place, name: str, relay: RelayTable, folder: Path) -> None:
    """Note what is wrong with one mail server; `name` is its place as a person would write it."""
    words = [security.value for security in Security]
    if relay.security not in words:
        file.unknown((*place, "security"), relay.security, "a way to protect the connection", words)
    elif (
        relay.security == Security.NONE
        and relay.given("host")
        and relay.host.count(":") != 1
        and not is_loopback(relay.host.strip())
    ):
        file.error((*place, "security"), 'must be "starttls" or "tls": "none" is for a server on this machine only')
    # More than one colon is a number of IPv6.
    if relay.given("host") and (
        relay.host.count(":") == 1 or not re.fullmatch(r"[A-Za-z0-9.:_-]+", relay.host.strip())
    ):
        file.error((*place, "host"), f"must be the name or number of one host; its port stands in {name}.port")
    if (
        relay.password_file
        and not relay.username
        and (relay.given("username") or "username" not in file.keys_at(*place))
    ):
        file.error((*place, "username"), f"is missing: {name}.password_file is given")
    if relay.ca_file and not os.path.isfile(absolute(relay.ca_file, folder)):
        file.error((*place, "ca_file"), "is not a file")
    _check_password_file(file, (*place, "password_file"), relay.password_file, folder)


def _check_letters(file: TomlFile, letters: LettersTable, folder: Path) -> None:
    if len(letters.marking) > 60:
        file.error(("letters", "marking"), "must be at most 60 characters long: it stands in every subject")
    if letters.templates and not os.path.isdir(absolute(letters.templates, folder)):
        file.error(("letters", "templates"), "is not a folder; left out, the shipped templates serve")
    link = letters.case_link
    if link and (CHILD_REF not in link or set("{}") & set(link.replace(CHILD_REF, "")) or not _is_https(link)):
        file.error(
            ("letters", "case_link"), f"must be an https address that holds {CHILD_REF} and no other braces, or blank"
        )


def _is_https(link: str) -> bool:
    example = link.replace(CHILD_REF, "C1")
    return example.startswith("https://") and is_page(example)


def _check_daemon(file: TomlFile, service: DaemonTable) -> None:
    if service.health_listen:
        try:
            host, _ = split_host_port(service.health_listen)
        except ValueError as error:
            file.error(("service", "health_listen"), f"{error}, or blank")
        else:
            if not is_loopback(host):
                file.finding(("service", "health_listen"), "answers other machines too; usually 127.0.0.1 is meant")
    if service.unsent_limit < SHORT_WAIT:
        file.finding(("service", "unsent_limit"), "is short: a mail server that is busy for a moment is called a fault")
    elif service.unsent_limit > LONG_WAIT:
        text = f"is long: a mail server that is down goes unnoticed for over {LONG_WAIT.seconds // 3600} hours"
        file.finding(("service", "unsent_limit"), text)
    if service.heartbeat_url and not is_page(service.heartbeat_url):
        file.error(("service", "heartbeat_url"), "must be an https address, or blank")
    if service.audit_every < SHORT_AUDIT:
        file.error(("service", "audit_every"), "must be 5 minutes at least: an audit reads every record of the source")
    elif service.audit_every > LONG_AUDIT:
        file.finding(("service", "audit_every"), "is long: a fault of riskwatch's own goes unnoticed for over a day")
    if service.log_level not in LOG_LEVELS:
        file.unknown(("service", "log_level"), service.log_level, "a level of the log", LOG_LEVELS)


def _check_board(file: TomlFile, board: BoardTable, folder: Path) -> None:
    """Note a folder that no web server should hand out, or that cannot be written to, and a page that comes oddly."""
    if board.every < SHORT_BOARD:
        file.finding(("board", "every"), "is short: under a minute the page costs more work than it saves")
    elif board.every > LONG_BOARD:
        file.finding(("board", "every"), "is long: the page may show a child as overdue for over an hour too many")
    if not board.folder:
        if board.given("every"):
            file.finding(("board", "every"), "has no effect without board.folder: no page is written")
        return
    path, config = absolute(board.folder, folder), folder.resolve()
    if path.is_relative_to(config):
        file.error(("board", "folder"), "must not lie inside config/: a web server hands out what it holds")
    elif config.is_relative_to(path):
        file.error(("board", "folder"), "must not hold config/: a web server hands out what it holds")
    elif os.path.exists(path) and not os.path.isdir(path):
        file.error(("board", "folder"), "must be a folder: a file of that name stands there")
    elif not _can_be_written(path):
        file.finding(("board", "folder"), "cannot be made or written to by whoever runs this check")


def _can_be_written(path: Path) -> bool:
    there = next((one for one in (path, *path.parents) if os.path.exists(one)), path)
    return os.path.isdir(there) and os.access(there, os.W_OK | os.X_OK)


def _check_password_file(file: TomlFile, place: Place, password_file: str, folder: Path) -> None:
    if password_file and not os.path.isfile(absolute(password_file, folder)):
        file.finding(place, "is not there (yet): no file of that name on this machine")
