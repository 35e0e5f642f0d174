"""How a query writes its child_refs: padded, as whole numbers, as UUIDs."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from uuid import UUID

_FROM_TEXT: dict[type, Callable[[str], object]] = {
    str: str,
    int: int,
    Decimal: Decimal,
    UUID: UUID,
    bytes: str.encode,
}


class Keys:
    """Finds the values to ask the database for, given trimmed child_refs.

    A value is worked out from the type of a sample; what was met that is written otherwise is remembered.
    """

    def __init__(self, sample: object = "") -> None:
        self._of_text = _FROM_TEXT.get(type(sample), str)
        self._met: dict[str, tuple[object, ...]] = {}

    def meet(self, pairs: Iterable[tuple[str, object]]) -> None:
        """Remember the values of these child_refs where they are not what would be worked out."""
        # The map is replaced as a whole: another thread may be reading by it.
        met = dict(self._met)
        for child_ref, value in pairs:
            known = met.get(child_ref, ())
            usual = self._usual(child_ref)
            if value not in known and (value,) != usual:
                met[child_ref] = (*(known or usual), value)
        self._met = met

    def values(self, child_refs: Iterable[str]) -> list[object]:
        """Return the values to ask for; a child_ref that the column's type cannot hold has none."""
        met = self._met
        return [value for ref in child_refs for value in (met[ref] if ref in met else self._usual(ref))]

    def _usual(self, child_ref: str) -> tuple[object, ...]:
        try:
            return (self._of_text(child_ref),)
        except (ValueError, ArithmeticError):
            return ()
