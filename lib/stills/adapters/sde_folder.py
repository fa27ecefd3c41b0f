"""`python -m lib.stills import FOLDER`: what another server of the protocol sde made is sent to the
running service. Light, since it is a program of its own; nothing in the folder changes."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from lib.http_client.service_url import ServiceError, ServiceUrl
from lib.stills.adapters.sde_backup import CREATED, result_files, results_in

if TYPE_CHECKING:
    from lib.http_client.deadline_http import HttpLine

ANSWER_NS = 60_000_000_000  # for one result


def import_folder(
    folder: Path, where: ServiceUrl, token: str, say: Callable[[str], None]
) -> Counter[str]:
    """Send what its files hold; how many were new, there before, without a picture, refused.
    ServiceError where the service cannot be reached."""
    from lib.http_client.deadline_http import HttpLine  # noqa: PLC0415 - see its first lines

    counts = Counter[str]()
    with HttpLine(where) as line:
        for result in results_in(result_files(folder)):
            if not result["data"]:
                counts["without a picture"] += 1
                continue
            counts[_send(line, result, token, say)] += 1
    return counts


def _send(line: HttpLine, result: dict[str, object], token: str, say: Callable[[str], None]) -> str:
    from lib.http_client.deadline_http import Question  # noqa: PLC0415 - see above

    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    try:
        name = str(UUID(str(result["uuid"])))
    except ValueError:
        say(f"{str(result['uuid'])[:80]!r} is no uuid")
        return "refused"
    body = json.dumps({one: result[one] for one in ("prompt", CREATED, "data")}).encode()
    path = f"/adapters/sde/{name}"
    for wait_s in _waits():
        answer = line.ask(Question("PUT", path, headers, body), time.monotonic_ns() + ANSWER_NS)
        if answer.status not in (429, 503):
            break
        time.sleep(wait_s)
    if answer.status in (401, 403):
        raise ServiceError(f"the service refuses: {_detail(answer.body)}")
    if answer.status != 200:
        say(f"{name}: {_detail(answer.body)}")
        return "refused"
    return "new" if json.loads(answer.body)["new"] else "there before"


def _waits() -> Iterator[float]:
    """Where the service is busy: a minute in all."""
    yield from (1, 2, 4, 8, 15, 30)


def _detail(body: bytes) -> str:
    try:
        return str(json.loads(body)["detail"])
    except (ValueError, KeyError, TypeError):
        return "no reason was given"
