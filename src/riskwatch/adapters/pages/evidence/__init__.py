"""The evidence report: its tables for people and for programs, its drawings, and the page that holds them."""

from riskwatch.adapters.pages.evidence.contents import Report, Section, sections_of, sheets_of
from riskwatch.adapters.pages.evidence.page import render
from riskwatch.adapters.pages.evidence.sheets import Column, Form, Sheet

__all__ = ["Column", "Form", "Report", "Section", "Sheet", "render", "sections_of", "sheets_of"]
