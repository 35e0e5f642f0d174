"""Words letters and gives them the form that goes over the wire."""

from riskwatch.adapters.letters.samples import check_templates
from riskwatch.adapters.letters.writer import LetterWriter

__all__ = ["LetterWriter", "check_templates"]
