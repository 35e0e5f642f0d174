"""Where the time goes: CPU seconds by stage, each counted once, whichever thread spends them."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import wraps
from typing import Any
from unittest.mock import patch

from riskwatch.adapters.store import SqlStore
from riskwatch.adapters.store.database import SqlTransaction


class Ledger:
    """CPU seconds by stage. What runs inside another stage counts for the inner one alone."""

    def __init__(self) -> None:
        self.spent_s: defaultdict[str, float] = defaultdict(float)
        self._here = threading.local()
        self._turn = threading.Lock()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count what this thread does inside the block."""
        open_stages: list[str] = self._here.__dict__.setdefault("open", [])
        self._charge(open_stages)
        open_stages.append(name)
        try:
            yield
        finally:
            self._charge(open_stages)
            open_stages.pop()

    def _charge(self, open_stages: list[str]) -> None:
        now_s = time.thread_time()
        if open_stages:
            with self._turn:
                self.spent_s[open_stages[-1]] += now_s - self._here.since_s
        self._here.since_s = now_s

    # --- what is counted ---------------------------------------------------------------------------------------------
    def calls(self, owner: object, name: str, stage: str) -> AbstractContextManager[object]:
        """Count every call of a function while the block runs."""
        call: Callable[..., Any] = getattr(owner, name)

        @wraps(call)
        def counted(*args: Any, **kwargs: Any) -> Any:
            with self.stage(stage):
                return call(*args, **kwargs)

        return patch.object(owner, name, counted)

    def steps(self, owner: object, name: str, stage: str) -> AbstractContextManager[object]:
        """Count every step of a generator while the block runs, but not what is done between its steps."""
        generate: Callable[..., Iterator[Any]] = getattr(owner, name)

        @wraps(generate)
        def counted(*args: Any, **kwargs: Any) -> Iterator[Any]:
            items, end = generate(*args, **kwargs), object()
            while True:
                with self.stage(stage):
                    item = next(items, end)
                if item is end:
                    return
                yield item

        return patch.object(owner, name, counted)

    def edges(self, owner: object, name: str, stage: str) -> AbstractContextManager[object]:
        """Count the beginning and the end of every context manager while the block runs, but not what is inside."""
        open_one: Callable[..., AbstractContextManager[Any]] = getattr(owner, name)

        @contextmanager
        def counted(*args: Any, **kwargs: Any) -> Iterator[Any]:
            with ExitStack() as stack:
                with self.stage(stage):
                    inner = ExitStack()
                    value = inner.enter_context(open_one(*args, **kwargs))
                stack.push(lambda *error: self._leave(inner, stage, error))
                yield value

        return patch.object(owner, name, counted)

    def _leave(self, inner: ExitStack, stage: str, error: tuple[Any, ...]) -> bool | None:
        with self.stage(stage):
            return inner.__exit__(*error)

    def store(self, *, reading: str, writing: str) -> AbstractContextManager[object]:
        """Count whatever the store does while the block runs."""
        writes = ("save_", "mark_", "replace_", "add_", "place", "hold", "rewrite", "claim", "settle", "journal")
        names = [name for name in dir(SqlTransaction) if not name.startswith("_") and name != "write_journal"]
        kept = ExitStack()
        for name in names:
            kept.enter_context(self.calls(SqlTransaction, name, writing if name.startswith(writes) else reading))
        kept.enter_context(self.edges(SqlStore, "begin", writing))
        return kept


@contextmanager
def all_of(blocks: Iterable[AbstractContextManager[object]]) -> Iterator[None]:
    """Enter all the blocks."""
    with ExitStack() as stack:
        for block in blocks:
            stack.enter_context(block)
        yield
