"""The heartbeat: a call to a watchdog outside, which raises the alarm when the calls stay away."""

import asyncio
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from email.message import Message
from http.client import HTTPException
from typing import IO, Any
from urllib.parse import urlsplit

TIMEOUT_S = 10.0
AT_MOST_EVERY_S = 60.0
READ_BYTES = 1024
"""More of an answer is not read: only its status matters."""


class _SameHost(urllib.request.HTTPRedirectHandler):
    """Follows a redirect on the same host alone: the address of a watchdog is a secret that opens its silence."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Any,
        newurl: str,
    ) -> urllib.request.Request | None:
        before, after = urlsplit(req.full_url), urlsplit(newurl)
        weaker = before.scheme == "https" and after.scheme != "https"
        if before.hostname != after.hostname or weaker:
            raise urllib.error.HTTPError(req.full_url, code, "redirects to another host", Message(), None)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class Heartbeat:
    """Calls an http or https address, at most once a minute. It never raises: an outcome is a word for a person."""

    def __init__(self, url: str, *, timeout_s: float = TIMEOUT_S, steady: Callable[[], float] = time.monotonic) -> None:
        if urlsplit(url).scheme not in ("http", "https"):
            raise ValueError("a heartbeat goes to an http or https address")
        self.url = url
        self._timeout_s = timeout_s
        self._steady = steady
        self._last_s: float | None = None
        self._opener = urllib.request.build_opener(_SameHost)

    async def beat(self) -> str | None:
        """Call, unless the last call is less than a minute ago (None). Blank: it was heard; else why it was not."""
        now_s = self._steady()
        if self._last_s is not None and now_s - self._last_s < AT_MOST_EVERY_S:
            return None
        self._last_s = now_s
        try:
            # The timeout of a socket begins anew with each byte; this one is for the whole.
            async with asyncio.timeout(2 * self._timeout_s):
                return await asyncio.to_thread(self._call)
        except TimeoutError:
            return "the watchdog did not answer in time"

    def _call(self) -> str:
        request = urllib.request.Request(self.url, headers={"User-Agent": "riskwatch"})  # noqa: S310  see __init__
        try:
            with self._opener.open(request, timeout=self._timeout_s) as answer:
                answer.read(READ_BYTES)
        except urllib.error.HTTPError as error:
            error.close()
            said = "redirects to another host" if 300 <= error.code < 400 else "refused the heartbeat"
            return f"the watchdog {said} (status {error.code})"
        except TimeoutError:
            return "the watchdog did not answer in time"
        except (OSError, HTTPException, ValueError) as error:
            reason = error.reason if isinstance(error, urllib.error.URLError) else error
            if isinstance(reason, TimeoutError):
                return "the watchdog did not answer in time"
            return f"the watchdog cannot be reached ({type(reason).__name__})"
        return ""
