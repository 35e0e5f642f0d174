"""Faults of the outside world that a stage must answer, in words that name the mend."""


class Fault(Exception):
    """Something outside failed. Its text is written by us and holds no personal data: it may be logged and mailed."""


class SourceFault(Fault):
    """The agency's database did not answer, or not as it should."""


class StoreFault(Fault):
    """The service's own database did not answer, or another daemon holds it."""


class Stopped(Fault):
    """The work was broken off because the service is to stop: nothing is wrong, and nothing is to be told of it."""


class MailFault(Fault):
    """The mail server could not be used at all."""
