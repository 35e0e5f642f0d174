"""Sends letters through the force's mail server."""

from riskwatch.adapters.smtp.dialling import Security
from riskwatch.adapters.smtp.outbox import SmtpOutbox

__all__ = ["Security", "SmtpOutbox"]
