"""The control port of this show, asked by a service beside it: what people change there goes on the
server's side, with its token, and never from a browser."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass

from lib.http_client.service_url import ServiceError, ServiceUrl

ANSWERS_WITHIN_NS = 8_000_000_000  # a prompt that is checked takes five seconds
OK = 200


class ControlError(Exception):
    """Control does not answer or refuses; the text is a sentence. `away`: it does not answer."""

    def __init__(self, why: str, away: bool = False) -> None:
        super().__init__(why)
        self.away = away


@dataclass(frozen=True)
class ControlClient:
    """Asks and waits: used on a thread that may."""

    host: str
    port: int
    token: str
    agent: str  # who asks, for control's journal

    def __repr__(self) -> str:
        return f"ControlClient({self.host}:{self.port})"  # the token stays out of logs

    def ask(
        self, method: str, path: str, body: Mapping[str, object] | None = None
    ) -> dict[str, object]:
        """The answer as JSON."""
        said = json.loads(self.ask_bytes(method, path, body) or b"{}")
        return said if isinstance(said, dict) else {"answer": said}

    def ask_bytes(self, method: str, path: str, body: Mapping[str, object] | None = None) -> bytes:
        from lib.http_client.deadline_http import HttpLine, Question  # noqa: PLC0415 - see there

        headers = {"Content-Type": "application/json", "User-Agent": self.agent}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        sent = b"" if body is None else json.dumps(body).encode()
        until_ns = time.monotonic_ns() + ANSWERS_WITHIN_NS
        try:
            with HttpLine(ServiceUrl(False, self.host, self.port, "")) as line:
                answer = line.ask(Question(method, path, headers, sent), until_ns)
        except ServiceError as error:
            raise ControlError("the wall does not answer at the moment", away=True) from error
        if answer.status != OK:
            raise ControlError(_sentence(answer.body))
        return answer.body


def _sentence(body: bytes) -> str:
    try:
        return str(json.loads(body)["detail"])
    except (ValueError, KeyError, TypeError):
        return "the wall refused it"
