"""Who reads what is sent to a role today."""

from collections.abc import Sequence
from datetime import date

import pytest

from riskwatch.core.directory import Absence, domain_of
from tests.builders import DS, PC, absence, directory

TODAY = date(2023, 2, 7)
COVER = "pc.cover@north.police.uk"
SECOND = "pc.second@north.police.uk"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        pytest.param(PC, "north.police.uk", id="a plain address"),
        pytest.param("o'neil+ppu@north.police.uk", "north.police.uk", id="the signs that mail allows"),
        pytest.param("", None, id="nothing"),
        pytest.param("north.police.uk", None, id="no person"),
        pytest.param("pc@localhost", None, id="no domain with a dot"),
        pytest.param("PC@north.police.uk", None, id="capitals: addresses are lower-cased where they are read"),
        pytest.param(f"{PC},{DS}", None, id="two addresses"),
        pytest.param(f"PC One <{PC}>", None, id="an address with a name"),
        pytest.param(f"{PC}\n", None, id="a line break"),
        pytest.param("pc@elsewhere.uk@north.police.uk", None, id="two signs"),
        pytest.param(f"{'a' * 238}@north.police.uk", "north.police.uk", id="254 characters"),
        pytest.param(f"{'a' * 239}@north.police.uk", None, id="255 characters"),
    ],
)
def test_the_domain_of_an_address(address: str, expected: str | None) -> None:
    """What is not one plain address and nothing else has no domain, and so gets no letter."""
    assert domain_of(address) == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        pytest.param(PC, True, id="an allowed domain"),
        pytest.param("pc@sub.north.police.uk", False, id="not its subdomain"),
        pytest.param("pc@xnorth.police.uk", False, id="nor one that ends alike"),
        pytest.param("nobody", False, id="nor what is no address"),
    ],
)
def test_letters_go_to_exactly_an_allowed_domain(address: str, expected: bool) -> None:
    """A domain is compared whole."""
    assert directory().is_allowed(address) == expected


@pytest.mark.parametrize(
    ("absences", "expected"),
    [
        pytest.param([], PC, id="present"),
        pytest.param([absence(PC, "2023-02-08")], PC, id="away from tomorrow on"),
        pytest.param([absence(PC, "2023-02-07", "2023-02-07")], None, id="away this one day"),
        pytest.param([absence(PC, "2023-02-01", "2023-02-06")], PC, id="back since yesterday"),
        pytest.param([absence(PC, "2023-02-01")], None, id="has left"),
        pytest.param([absence(PC, "2023-02-01", cover=COVER)], COVER, id="has left, and has a cover"),
        pytest.param([absence(PC, "2023-02-08", cover=COVER), absence(PC, "2023-02-01")], None, id="a cover for later"),
        pytest.param([absence(PC, "2023-02-01", cover="pc@elsewhere.uk")], None, id="a cover who is not allowed"),
        pytest.param(
            [absence(PC, "2023-02-01", cover=COVER), absence(COVER, "2023-02-07", "2023-02-07", cover=SECOND)],
            None,
            id="a cover who is away too: covers of covers are not asked",
        ),
        pytest.param(
            [
                absence(PC, "2023-02-01", cover=COVER),
                absence(COVER, "2023-02-07"),
                absence(PC, "2023-02-02", cover=SECOND),
            ],
            SECOND,
            id="the first cover that can be had, in the order of the file",
        ),
        pytest.param([absence(DS, "2023-02-01")], PC, id="somebody else is away"),
    ],
)
def test_who_is_present(absences: Sequence[Absence], expected: str | None) -> None:
    """An absence covers both its ends; without an end the person has left."""
    assert directory(*absences).present(PC, TODAY) == expected


@pytest.mark.parametrize(
    ("refused", "expected"),
    [
        pytest.param({DS}, COVER, id="another"),
        pytest.param({COVER}, None, id="the cover"),
    ],
)
def test_a_refused_cover_counts_as_none(refused: set[str], expected: str | None) -> None:
    """What a mail server refused for good is an empty desk."""
    assert directory(absence(PC, "2023-02-01", cover=COVER)).present(PC, TODAY, refused=refused) == expected


def test_a_refused_owner_who_is_present_has_no_cover() -> None:
    """A cover stands in for an absence, not for a mailbox that refuses letters."""
    later = absence(PC, "2023-02-08", cover=COVER)
    assert directory(later).present(PC, TODAY, refused={PC}) is None


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        pytest.param("pc@elsewhere.uk", COVER, id="on another domain, with a cover for today"),
        pytest.param("", None, id="blank"),
    ],
)
def test_who_stands_in_for_an_address_that_gets_no_letters(address: str, expected: str | None) -> None:
    """An absence with a cover helps an address that is not allowed, too."""
    assert directory(absence("pc@elsewhere.uk", "2023-02-01", cover=COVER)).present(address, TODAY) == expected


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        pytest.param(absence(PC, "2023-02-07"), True, id="from today on, without an end"),
        pytest.param(absence(PC, "2023-02-08"), False, id="from tomorrow on"),
        pytest.param(absence(PC, "2023-02-01", "2023-09-01"), False, id="for long, but not for good"),
    ],
)
def test_who_has_left(one: Absence, expected: bool) -> None:
    """Only an absence without an end is a leaving, and only from its first day on."""
    assert directory(one).has_left(PC, TODAY) == expected


@pytest.mark.parametrize(
    ("role", "unit", "expected"),
    [
        pytest.param("supervisor", "york", DS, id="of a known unit"),
        pytest.param("supervisor", "filey", "", id="a rung that is empty"),
        pytest.param("head", "filey", "", id="a role that a known unit lacks is empty: the default unit is not asked"),
        pytest.param("supervisor", "", "ds.hub@north.police.uk", id="of a blank unit"),
        pytest.param("supervisor", "York", "ds.hub@north.police.uk", id="of an unknown unit: names are exact"),
        pytest.param("commissioner", "", "", id="a role that nobody has"),
    ],
)
def test_who_holds_a_role(role: str, unit: str, expected: str) -> None:
    """The default unit serves blank and unknown units only."""
    assert directory().holder(role, unit) == expected
