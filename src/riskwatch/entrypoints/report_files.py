"""The evidence report as files and lines: a page, a PDF, a CSV file for each table, one JSON object a line."""

import csv
import logging
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from riskwatch.adapters.pages.evidence import Report, Sheet, render, sheets_of
from riskwatch.adapters.pages.evidence.contents import facts_of, warnings_of
from riskwatch.adapters.pages.evidence.sheets import Form
from riskwatch.adapters.source.csv_records import guarded
from riskwatch.entrypoints.console import Refused, stamp
from riskwatch.entrypoints.private_file import write_private

PDF_SUFFIX = ".pdf"
ABOUT = "report"
"""The table of what the report is about."""


def check_pdf() -> None:
    """Raise Refused where no PDF can be made: before a year's records are read for it."""
    _library()


def write_page(report: Report, page: Path | None, pdf: Path | None) -> None:
    """Write the page and the PDF that are asked for. Raises Refused where a file cannot be written."""
    html = render(report)
    if page is not None:
        write_private(page, lambda file: _put(file, html))
    if pdf is not None:
        content = _library().HTML(string=html, url_fetcher=_fetch_nothing).write_pdf()
        write_private(pdf, lambda file: _put(file, content), binary=True)


def write_csv(report: Report, folder: Path) -> None:
    """Write every table into a folder, which is made. Raises Refused where that cannot be done.

    They are opened with spreadsheets: a cell that would be a formula there begins with an apostrophe. Moments are in
    UTC, lengths of time in seconds, shares from 0 to 1; what is not there is blank.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Refused([f"riskwatch: {folder} cannot be made ({error.strerror})"]) from None
    about = [("name", "value"), *facts_of(report), *(("warning", sentence) for sentence in warnings_of(report))]
    _write_table(folder / f"{ABOUT}.csv", about)
    for sheet in sheets_of(report):
        rows = (["" if value is None else str(value) for value in _plain(sheet, row)] for row in sheet.rows)
        head = [column.key for column in sheet.columns]
        _write_table(folder / f"{sheet.name}.csv", [head, *rows])


def records(report: Report) -> Iterator[dict[str, Any]]:
    """Yield the report, record by record: what it is about, then each row of each table, named by its `what`."""
    start, end = report.period
    yield {
        "what": ABOUT,
        "from": stamp(start),
        "to": stamp(end),
        "known_at": stamp(report.known_at),
        "unit": report.unit,
        "made_at": stamp(report.made_at),
        "policy": report.policy.version,
        "fingerprint": report.fingerprint,
        "books_begin_at": None if report.books_begin_at is None else stamp(report.books_begin_at),
        "read_at": None if report.read_at is None else stamp(report.read_at),
        "loaded_at": None if report.loaded_at is None else stamp(report.loaded_at),
        "children": report.evidence.given,
        "reckoned": report.evidence.reckoned,
        "warnings": list(warnings_of(report)),
    }
    for sheet in sheets_of(report):
        keys = [column.key for column in sheet.columns]
        for row in sheet.rows:
            yield {"what": sheet.name, **dict(zip(keys, _plain(sheet, row), strict=True))}
        if sheet.beyond:
            yield {"what": "beyond", "table": sheet.name, "rows": sheet.beyond}


def _plain(sheet: Sheet, row: Sequence[Any]) -> list[Any]:
    """Return the values of a row as programs read them."""
    return [_value(value, column.form) for value, column in zip(row, sheet.columns, strict=True)]


def _value(value: Any, form: Form) -> Any:
    if form is Form.MOMENT and value is not None:
        return stamp(value)
    if form is Form.SPAN and value is not None:
        return value // timedelta(seconds=1)
    return round(value, 6) if form is Form.SHARE and value is not None else value


def _write_table(path: Path, rows: Sequence[Sequence[str]]) -> None:
    write_private(path, lambda file: csv.writer(file).writerows([guarded(cell) for cell in row] for row in rows))


def _put(file: Any, content: str | bytes) -> None:
    file.write(content)


def _library() -> Any:
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)  # it remarks on style that only screens understand
    try:
        import weasyprint as library  # noqa: PLC0415  heavy, and an extra
    except (ImportError, OSError):  # it is there, and the system's library for text is not
        raise Refused(["riskwatch: a PDF needs WeasyPrint and Pango: pip install 'riskwatch[pdf]'"]) from None
    return library


def _fetch_nothing(url: str, *_: Any, **__: Any) -> Any:
    """The page asks for nothing; whatever did would be a fault of ours, and is not fetched."""
    raise ValueError("the report fetches nothing")
