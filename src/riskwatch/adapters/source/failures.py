"""What a driver's error means for the administrator, in words that hold no data."""

from riskwatch.core.faults import SourceFault

_MENDS = {
    "57014": "it took longer than the statement timeout: give child_ref an index, or raise [source] statement_timeout",
    "25006": "it tries to write: use SELECTs only",
    "28P01": "the database refused the login: check the user and the password file",
    "28000": "the database refused the login: check the user and the password file",
    "42501": "the account may not read this: grant it SELECT",
    "42P01": "a table or view is missing: check the query's names",
    "42703": "a column is missing: check the query's names",
    "3D000": "the database is missing: check its name in [source] url",
}

_SAME = {
    "SQLITE_INTERRUPT": "57014",
    "1969": "57014",
    "3024": "57014",
    "SQLITE_READONLY": "25006",
    "1792": "25006",
    "1045": "28P01",
    "1044": "42501",
    "1142": "42501",
    "1143": "42501",
    "1146": "42P01",
    "1054": "42703",
    "1049": "3D000",
}

_LOST = "the database cannot be reached: check that it runs, [source] url and the login"
_REFUSED = "the database refused it: try the query in the database's own shell"

_LOST_NAMES = ("OperationalError", "TimeoutError", "InterfaceError", "ConnectionTimeout")
_LOST_CODES = ("08", "57P", "SQLITE_CANTOPEN", "SQLITE_NOTADB", "SQLITE_BUSY", "SQLITE_IOERR", "2003", "2006", "2013")


def fault_of(error: Exception, what: str) -> SourceFault:
    """Return the fault for an error of a driver. Only its class and its code are told: its message quotes data."""
    cause = getattr(error, "orig", None) or error
    code = code_of(cause)
    name = type(cause).__name__ + (f" {code}" if code else "")
    if code in _MENDS or code in _SAME:
        mend = _MENDS[_SAME.get(code, code)]
    elif code.startswith(_LOST_CODES) or (not code and name in _LOST_NAMES):
        mend = _LOST
    else:
        mend = _REFUSED
    return SourceFault(f"source: {what} failed ({name}): {mend}")


def code_of(cause: BaseException) -> str:
    """Return the driver's own error number, or the SQLSTATE, or "" where there is neither."""
    number = cause.args[0] if cause.args else None
    if type(number) is int:
        return str(number)
    for attribute in ("sqlstate", "sqlite_errorname"):
        code = getattr(cause, attribute, None)
        if isinstance(code, str):
            return code
    return ""
