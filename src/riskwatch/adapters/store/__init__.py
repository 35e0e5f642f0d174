"""The service's own database, on SQLite or PostgreSQL, by the same statements."""

from riskwatch.adapters.store.database import SqlStore
from riskwatch.adapters.store.queries import Reports

__all__ = ["Reports", "SqlStore"]
