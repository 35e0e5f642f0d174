"""A connection to PostgreSQL that gives up a server which does not answer."""

from time import monotonic
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen

_LOOK_EVERY_S = 0.1
_T = TypeVar("_T")


class PatientConnection(psycopg.Connection[Any]):
    """Waits for no answer longer than `patience_s`, then closes itself and raises OperationalError.

    The server bounds a statement by itself. This is for one that hangs, or that stands behind something which goes on
    acknowledging what is sent: no setting of the connection notices that.
    """

    patience_s: float | None = None
    """None: without a bound; while a connection is being made it has another."""

    def wait(self, gen: PQGen[_T], interval: float = _LOOK_EVERY_S, timeout: float | None = None) -> _T:
        """Wait for an answer."""
        bound_s = self.patience_s if timeout is None else timeout
        begun_s = monotonic()
        try:
            return super().wait(gen, interval=interval, timeout=bound_s)
        except psycopg.OperationalError:
            if bound_s is None or monotonic() - begun_s < bound_s:
                raise
            self.pgconn.finish()  # a rollback would be to wait again
            raise psycopg.OperationalError("the server does not answer") from None
