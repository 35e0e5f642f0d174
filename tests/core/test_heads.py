"""Who answers for which units."""

from datetime import date

from riskwatch.core.heads import OTHER_UNITS, heads
from tests.builders import FALLBACK, HEAD, absence, directory

TODAY = date(2023, 2, 6)
YORK = {"york": {"head": HEAD}}


def test_a_head_of_several_units_stands_once() -> None:
    """One person, one letter: with all the units that the person answers for."""
    people = directory(units=YORK | {"whitby": {"head": HEAD}})

    assert heads(people, TODAY) == {HEAD: {"york", "whitby", OTHER_UNITS}}


def test_a_unit_without_a_head_is_the_fallbacks() -> None:
    """There is always somebody, for the default unit too."""
    people = directory(units=YORK | {"filey": {"head": ""}}, default_unit={})

    assert heads(people, TODAY) == {FALLBACK: {"filey", OTHER_UNITS}, HEAD: {"york"}}


def test_a_cover_answers_for_who_is_away() -> None:
    """Absences are respected on the local date; without a cover it is the fallback."""
    cover = "deputy@north.police.uk"
    covered = directory(absence(HEAD, "2023-02-06", "2023-02-06", cover=cover), units=YORK)
    alone = directory(absence(HEAD, "2023-02-06", "2023-02-06"), units=YORK)

    assert [*heads(covered, TODAY)] == [cover]
    assert [*heads(alone, TODAY)] == [FALLBACK]
    assert [*heads(alone, date(2023, 2, 7))] == [HEAD]
