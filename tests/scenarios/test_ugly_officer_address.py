"""An ugly officer address.

What stands in the agency's record as the officer is what somebody typed. A letter goes to one person of the force or
to nobody: a name with an address in brackets (C1), two addresses in one cell (C2) and a domain that only ends like the
force's (C3) are no addresses to send to, and the sergeant is told in the officer's place. Capitals and spaces around
an address (C4) do no harm.
"""

from pathlib import Path

from riskwatch.adapters.source.csv_files import histories, read_folder
from tests.example_policy import LONDON
from tests.scenarios.world import lines, told

CHILDREN = """\
child_ref,unit,officer,closed_at,closed_recorded_at
C1,york,PC One <pc.one@north.police.uk>,,
C2,york,"pc.one@north.police.uk,pc.two@north.police.uk",,
C3,york,pc.one@not-north.police.uk,,
C4,york, PC.One@North.Police.UK ,,
"""
ASSESSMENTS = """\
assessment_id,child_ref,concern,tier,assessed_at,recorded_at
A1,C1,,high,2023-02-06T09:00,
A2,C2,,high,2023-02-06T09:00,
A3,C3,,high,2023-02-06T09:00,
A4,C4,,high,2023-02-06T09:00,
"""
CHECKS = "check_id,child_ref,kind,checked_at,recorded_at\n"


def test_an_ugly_officer_address(tmp_path: Path) -> None:
    """What is not one plain address of the force counts as an empty desk, never as somewhere to send to."""
    for table, text in {"children": CHILDREN, "assessments": ASSESSMENTS, "checks": CHECKS}.items():
        (tmp_path / f"{table}.csv").write_text(text)
    cases = histories(read_folder(tmp_path, LONDON)).values()

    expected = """
        Mon 2023-02-06 21:00  ds.york  C1 seen-high reminder (passed up), due 2023-02-07 09:00
                              and      C2 seen-high reminder (passed up), due 2023-02-07 09:00
                              and      C3 seen-high reminder (passed up), due 2023-02-07 09:00
        Mon 2023-02-06 21:00  pc.one   C4 seen-high reminder, due 2023-02-07 09:00
        Tue 2023-02-07 09:00  ds.york  C1 seen-high overdue (officer, passed up), due 2023-02-07 09:00
                              and      C2 seen-high overdue (officer, passed up), due 2023-02-07 09:00
                              and      C3 seen-high overdue (officer, passed up), due 2023-02-07 09:00
        Tue 2023-02-07 09:00  pc.one   C4 seen-high overdue (officer), due 2023-02-07 09:00
        Tue 2023-02-07 13:00  ds.york  C4 seen-high overdue (supervisor), due 2023-02-07 09:00
        """
    assert lines(expected) == told(*cases, until="2023-02-08")
