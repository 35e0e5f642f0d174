"""Tests of the SMTP outbox."""
