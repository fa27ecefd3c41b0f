"""Asks a service elsewhere: a small POST, a small JSON answer, before a deadline.

The caller is back at its deadline whatever the other side does: a name that does not resolve, a
server that sends one byte a second, an answer without end. No proxy is used, no redirect is
followed, and no text of the server's gets into our sentences.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future
from typing import TypeAlias

from lib.http_client.service_url import ServiceError, ServiceUrl

# What a server's JSON may be; `value_at` takes it apart, and trusts no shape.
Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

MOST_AT_ONCE = 8  # threads that wait for a server, abandoned ones included

_waiting = threading.BoundedSemaphore(MOST_AT_ONCE)


def left_s(until_ns: int) -> float:
    return (until_ns - time.monotonic_ns()) / 1e9


def post_json(
    where: ServiceUrl, question: object, until_ns: int, headers: Mapping[str, str] | None = None
) -> Json:
    """POST JSON, get JSON; ServiceError when that fails or takes longer than until `until_ns`."""
    typed = {"Content-Type": "application/json", **(headers or {})}
    return _json(post(where, json.dumps(question).encode(), typed, until_ns), where)


def post(where: ServiceUrl, body: bytes, headers: Mapping[str, str], until_ns: int) -> bytes:
    """POST a body whose type the headers name, get the answer; ServiceError as above."""
    if left_s(until_ns) <= 0:
        raise ServiceError(f"there was no time left to ask {where.name}")
    if not _waiting.acquire(blocking=False):
        raise ServiceError(f"{where.name} is being asked too much at once")
    from lib.http_client.deadline_http import post_until  # noqa: PLC0415 - it says why

    sent = {"Host": where.name, "Accept": "application/json", **headers}
    came: Future[bytes] = Future()

    def run() -> None:
        try:
            came.set_result(post_until(where, body, sent, until_ns))
        except BaseException as error:  # noqa: BLE001 - it is raised where the answer is waited for
            came.set_exception(error)
        finally:
            _waiting.release()

    try:
        threading.Thread(target=run, name="ServiceClient", daemon=True).start()
    except RuntimeError:  # no more threads on this machine
        _waiting.release()
        raise ServiceError(f"{where.name} could not be asked on this machine") from None
    try:
        return came.result(max(0.0, left_s(until_ns)))
    except TimeoutError:
        raise ServiceError(f"{where.name} did not answer in time") from None


def _json(answer: bytes, where: ServiceUrl) -> Json:
    try:
        found: Json = json.loads(answer)
    except (ValueError, RecursionError):
        raise ServiceError(f"{where.name} answered with something that is not JSON") from None
    return found


def value_at(answer: Json, *way: str | int) -> Json:
    """The value at the end of a path through objects and lists; None where there is none."""
    for step in way:
        if isinstance(step, str) and isinstance(answer, dict):
            answer = answer.get(step)
        elif isinstance(step, int) and isinstance(answer, list) and step < len(answer):
            answer = answer[step]
        else:
            return None
    return answer
