"""What the parsers of config files say of a slip of the pen, in words that name the mend."""

import re

from pydantic_core import ErrorDetails

VALUES = {
    "string_type": "must be text in quotes",
    "int_type": "must be a whole number, without quotes",
    "bool_type": "must be true or false, without quotes",
    "list_type": "must be a list: [ ... ]",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "date_type": "must be a date alone, without quotes, such as 2026-11-30",
    "date_from_datetime_inexact": "must be a date alone, without quotes, such as 2026-11-30",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "too_long": "must have at most {max_length} entries",
}
"""What is wrong with a value, by pydantic's name for it."""

SYNTAX = {
    r"Invalid value": 'a value cannot be read; text and durations stand in quotes, as in "high"',
    r"Invalid statement": 'a line begins neither with a key nor with a [table]; write key = "value"',
    r"Invalid initial character .*": (
        'a key is missing, or begins with what stands only in quotes; no comma stands before "}"'
    ),
    r"Expected newline or end of document after a statement": (
        "something follows a value; text, durations and times of day stand in quotes, and a date must exist"
    ),
    r"Expected '=' after a key in a key/value pair": (
        'a key is not followed by "="; a key with a space or a dot stands in quotes'
    ),
    r"Expected '\]\]?' at the end of .*": (
        "a table's name does not end with its brackets; a name with a space stands in quotes"
    ),
    r"Unclosed array": "a list is not closed, or a comma is missing in it; write [ ..., ... ]",
    r"Unclosed inline table": "a { ... } is not closed on its line, or a comma or a quote is missing in it",
    r"Illegal character .*|Unterminated string|Expected '[\"']+'": "a quote is missing at the end of a text",
    r"Unescaped '\\' in a string": r'a text in "..." has a single "\"; write "\\", or put the text in single quotes',
    r"Found invalid character .*": "a comment or a text has a character that is not allowed in it",
    r"Invalid hex value|Escaped character .*": 'a text has a "\\u" without the number of a character behind it',
    r"Invalid date or datetime": "there is no such date; write it without quotes, such as 2026-11-30",
    r"Cannot (?:declare|redefine|mutate).*|Duplicate inline table key .*": (
        '"{name}" stands there a second time; keep one (each rule and each absence begins with [[...]])'
    ),
    r"Cannot overwrite a value": (
        "a key or a table stands there a second time; keep one (each rule and each absence begins with [[...]])"
    ),
}
"""What is wrong with a line, by what the parser of the standard library says of it."""

NO_TABLE = "must be text in quotes, and is a table; a name with a dot stands in quotes"
CURLY_QUOTES = 'a text stands in curly quotes; write straight ones, as in "high"'
_CURLY = frozenset("\u201c\u201d\u201e\u2018\u2019")


def of_value(detail: ErrorDetails, *, is_table: bool) -> str:
    """Return what is wrong with a value; the words of this program's own checks are kept."""
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "string_type" and is_table:
        return NO_TABLE
    if kind == "value_error":
        return str(context["error"])
    return VALUES[kind].format(**context) if kind in VALUES else detail["msg"].lower()


def of_syntax(said: str, line: str) -> str:
    """Return what is wrong with a line; what is not known here as the parser says it. Cut, and on one line."""
    if _CURLY & set(line.partition("#")[0]) and said == "Invalid value":
        return CURLY_QUOTES
    for pattern, words in SYNTAX.items():
        if re.fullmatch(pattern, said, re.DOTALL):
            said = words.replace("{name}", ".".join(re.findall(r"'([^']*)'", said)))
            break
    return "".join(c if c.isprintable() else "?" for c in said)[:200]
