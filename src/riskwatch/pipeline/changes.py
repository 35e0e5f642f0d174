"""Changes: the administrator is told what a new configuration changed, once its first full reading has counted it."""

from datetime import datetime, timedelta

from riskwatch.core.mandate import Mandate
from riskwatch.pipeline import reading
from riskwatch.pipeline.configuration import News, news_of, tell
from riskwatch.pipeline.ports import Letters, Store, Transaction

PATIENCE = timedelta(hours=1)
"""How long the letter waits for a full reading that is believed; then it goes without the counts."""


class Changes:
    """Tells the administrator what was taken up, and what it changed."""

    def __init__(self, store: Store, letters: Letters, mandate: Mandate) -> None:
        self._store = store
        self._letters = letters
        self._mandate = mandate

    def look(self, now: datetime) -> bool:
        """Write the letter if it can be written now; whether it was."""
        with self._store.begin() as tx:
            news = news_of(tx)
            if news is None:
                return False
            counted = self._is_counted(tx, news)
            if not counted and now - news.at < PATIENCE:
                return False
            uncounted = "" if counted else "there was no full reading since that is believed"
            tell(tx, news, self._letters, self._mandate, now, uncounted=uncounted)
            return True

    def _is_counted(self, tx: Transaction, news: News) -> bool:
        whole = tx.last_run(reading.STAGE, full=True)
        is_read = whole is not None and whole.started_at >= news.at
        return is_read and tx.recall(reading.FINGERPRINT) == self._mandate.fingerprint
