"""Reading a word or an identifier as a source gives it, and quoting one in a reason."""

import unicodedata
from decimal import Decimal
from uuid import UUID

LENGTH_LIMIT = 200
"""No word or identifier is longer."""

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

_QUOTE_LIMIT = 40
_CACHE_LIMIT = 10_000
# Control, format (zero-width and direction marks), surrogate (undecodable bytes), line and paragraph separators.
_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


class UnreadableIdentifier(ValueError):
    """A cell that holds something, but no usable identifier; the text says why."""


def identifier(value: object) -> str:
    """Return the trimmed identifier, "" where the cell is blank. Raises UnreadableIdentifier."""
    text = value.strip() if type(value) is str else text_of(value).strip()
    if len(text) > LENGTH_LIMIT:
        raise UnreadableIdentifier(f"is longer than {LENGTH_LIMIT} characters: {quoted(text)}")
    if not text.isprintable() and not _is_safe(text):
        raise UnreadableIdentifier(f"holds control, invisible or undecodable characters: {quoted(text)}")
    return text


def text_of(value: object) -> str:
    """Return a cell as text: "" for None, "17" for any number that is 17. Raises UnreadableIdentifier."""
    match value:
        case None:
            return ""
        case str():
            return str(value)
        case bytes() | bytearray() | memoryview():
            return bytes(value).decode("utf-8", errors="surrogateescape")
        case bool():
            raise UnreadableIdentifier("is a truth value: give text or a whole number")
        case int() | UUID():
            number: int | UUID | Decimal | float = value
        case Decimal() if value.is_finite() and value.adjusted() < LENGTH_LIMIT and value == int(value):
            number = int(value)
        case float() if value.is_integer():
            number = int(value)
        case Decimal() | float():
            number = value
        case _:
            raise UnreadableIdentifier("is neither text nor a number: cast it to text in the query")
    try:
        return str(number)
    except ValueError:  # more digits than Python prints
        raise UnreadableIdentifier(f"is longer than {LENGTH_LIMIT} characters") from None


class Words:
    """Reads the words of one column, which are few: each is cleaned once.

    A word never spoils its row. Unsafe characters become U+FFFD, so that an odd word stays an unknown one.
    """

    def __init__(self, *, blank: str = "", lower: bool = False) -> None:
        self._blank = blank
        self._lower = lower
        self._known: dict[object, str] = {}

    def read(self, value: object) -> str:
        """Return the word, trimmed and harmless."""
        try:
            return self._known[value]
        except (KeyError, TypeError):
            pass
        word = self._clean(value)
        # Only text is kept: 1 and True and 1.0 would be one key.
        if type(value) is str and len(value) <= LENGTH_LIMIT:
            if len(self._known) >= _CACHE_LIMIT:
                self._known.clear()
            self._known[value] = word
        return word

    def _clean(self, value: object) -> str:
        try:
            text = text_of(value).strip()[:LENGTH_LIMIT]
        except UnreadableIdentifier:
            return REPLACEMENT
        if not text.isprintable():
            text = harmless(text)
        return (text.lower() if self._lower else text) or self._blank


def harmless(text: str) -> str:
    """Return the text with every unsafe character replaced by U+FFFD."""
    return "".join(REPLACEMENT if unicodedata.category(mark) in _UNSAFE_CATEGORIES else mark for mark in text)


def quoted(value: object) -> str:
    """Return the beginning of a cell in quotation marks, safe to print."""
    try:
        text = text_of(value).strip()
    except UnreadableIdentifier:
        text = str(value) if type(value) is bool else type(value).__name__
    short = text[:_QUOTE_LIMIT]
    return f"'{harmless(short)}{'...' if len(text) > len(short) else ''}'"


def undecodable(value: object) -> bool:
    """Tell whether a cell held bytes that are not UTF-8."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", errors="surrogateescape")
    return isinstance(value, str) and not value.isprintable() and any("\ud800" <= mark <= "\udfff" for mark in value)


def _is_safe(text: str) -> bool:
    return all(unicodedata.category(mark) not in _UNSAFE_CATEGORIES for mark in text)
