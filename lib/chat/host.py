"""Asks the control port: questions, answers, refusals, and hosts that do not answer.

By http.client: a script starts a chat for each of its lines, and httpcore would make each start
take 60 ms and 1.6 MB more (measured), for one plain question at a time.
"""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Mapping
from urllib.parse import quote, urlencode

from lib.chat.json_fields import JsonObject, visible
from lib.config.controls import RefusedError

READ_TIMEOUT_S = 3.0
CHANGE_TIMEOUT_S = 10.0  # a prompt may be checked and translated before it is played
MOST_TRIES = 3  # tries of one request that comes too soon after the others
AGAIN_S = 1.0  # where the host does not say when
LARGEST = 8 * 1024 * 1024


class UnreachableError(Exception):
    """No host answers, or it is no Afterimage; the text is a sentence."""


class Host:
    """One request at a time, each over a connection of its own. Any thread may ask."""

    def __init__(self, name: str, port: int, token: str = "", stills_port: int = 0) -> None:
        self.name, self.port, self.token = name, port, token
        self.stills_port = stills_port  # where its status does not say: a guest may not ask that
        self._headers = {"User-Agent": "input-publisher", "Accept": "application/json"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"

    @property
    def address(self) -> str:
        return f"[{self.name}]:{self.port}" if ":" in self.name else f"{self.name}:{self.port}"

    def get(self, path: str, wait_s: float = READ_TIMEOUT_S) -> JsonObject:
        """Read something; RefusedError with the host's own sentence if it says no."""
        return self._ask("GET", path, None, wait_s)

    def play(self, change: Mapping[str, object], **how: bool) -> JsonObject:
        """`how`: override, where an operator answers for the words; sure, where what the public
        sees at once was confirmed."""
        asked = "&".join(f"{name}=true" for name, yes in how.items() if yes)
        target = "/params" + (f"?{asked}" if asked else "")
        return self._ask("PATCH", target, change, CHANGE_TIMEOUT_S)

    def post(self, path: str, **query: str) -> JsonObject:
        asked = {key: value for key, value in query.items() if value}
        return self._ask(
            "POST", path + ("?" + urlencode(asked) if asked else ""), None, CHANGE_TIMEOUT_S
        )

    def post_body(self, path: str, body: Mapping[str, object]) -> JsonObject:
        return self._ask("POST", path, body, CHANGE_TIMEOUT_S)

    def put(self, path: str, body: Mapping[str, object] | None = None) -> JsonObject:
        return self._ask("PUT", path, body, CHANGE_TIMEOUT_S)

    def delete(self, path: str) -> JsonObject:
        return self._ask("DELETE", path, None, CHANGE_TIMEOUT_S)

    def _ask(
        self, method: str, target: str, body: Mapping[str, object] | None, wait_s: float
    ) -> JsonObject:
        try:
            for _ in range(MOST_TRIES):
                status, data, again_s = self._exchange(method, target, body, wait_s)
                if status != http.client.TOO_MANY_REQUESTS:
                    break
                time.sleep(again_s)  # a long script gets through, if slowly
        except socket.gaierror as error:
            raise UnreachableError(f"the name {visible(self.name)} cannot be resolved") from error
        except TimeoutError as error:
            raise UnreachableError(f"{self.address} does not answer within {wait_s:g} s") from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = getattr(error, "strerror", None) or error or type(error).__name__
            raise UnreachableError(f"{self.address} does not answer: {visible(reason)}") from error
        try:
            answer: object = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise UnreachableError(f"{self.address} is not Afterimage") from error
        if status >= 400:
            raise RefusedError(_sentence(answer, status))
        if isinstance(answer, list):
            return {"list": answer}
        if not isinstance(answer, dict):
            raise UnreachableError(f"{self.address} is not Afterimage")
        return answer

    def _exchange(
        self, method: str, target: str, body: Mapping[str, object] | None, wait_s: float
    ) -> tuple[int, bytes, float]:
        connection = http.client.HTTPConnection(self.name, self.port, timeout=wait_s)
        try:
            data = None if body is None else json.dumps(body).encode()
            headers = {**self._headers, **({"Content-Type": "application/json"} if data else {})}
            connection.request(method, target, data, headers)
            response = connection.getresponse()
            again = response.getheader("Retry-After", "")
            again_s = min(5.0, float(again)) if again.isdecimal() else AGAIN_S
            return response.status, response.read(LARGEST), again_s
        finally:
            connection.close()


def part(name: str) -> str:
    """A name as one part of an address."""
    return quote(name, safe="")


def _sentence(answer: object, status: int) -> str:
    said = answer.get("detail") or answer.get("error") if isinstance(answer, dict) else None
    if isinstance(said, str):
        return visible(said)
    return f"the primary host refused it (HTTP {status})"
