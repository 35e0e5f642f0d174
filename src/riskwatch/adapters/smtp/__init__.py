"""Sends letters through the force's mail server."""

from riskwatch.adapters.smtp.dialling import Security
from riskwatch.adapters.smtp.outbox import SmtpOutbox
from riskwatch.adapters.smtp.relays import RelayChain

__all__ = ["RelayChain", "Security", "SmtpOutbox"]
