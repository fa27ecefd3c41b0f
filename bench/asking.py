"""Requests to a program of this machine, over one connection that is kept."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from typing import Any

from bench.ports import LOCAL


class RefusedError(OSError):
    """An answer that is none of success."""

    def __init__(self, words: str, status: int) -> None:
        super().__init__(words)
        self.status = status


class Asker:
    """Dials with the first request, and again where the connection was lost. OSError where nobody
    answers, or not by HTTP."""

    def __init__(
        self, port: int, headers: Mapping[str, str] | None = None, timeout_s: float = 5
    ) -> None:
        self._line = http.client.HTTPConnection(LOCAL, port, timeout=timeout_s)
        self._headers = headers or {}
        self.close = self._line.close

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """What is answered as JSON; bytes go as they are, anything else as JSON, too."""
        return json.loads(self.read(method, path, body) or "null")

    def answers(self, path: str = "/healthz") -> bool:
        try:
            self.read("GET", path)
        except OSError:
            return False
        return True

    def read(self, method: str, path: str, body: object = None) -> bytes:
        headers = dict(self._headers)
        if body is not None and not isinstance(body, bytes):
            body, headers["Content-Type"] = json.dumps(body), "application/json"
        try:
            self._line.request(method, path, body, headers)
            answer = self._line.getresponse()
            said = answer.read()
        except http.client.HTTPException as error:
            self._line.close()
            raise ConnectionError(f"{method} {path}: {error!r}") from error
        except OSError:
            self._line.close()
            raise
        if answer.status >= 300:
            raise RefusedError(f"{method} {path}: {answer.status} {said[:300]!r}", answer.status)
        return said
