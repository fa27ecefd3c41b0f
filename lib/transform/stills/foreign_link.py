"""The calls of a worker to a server of the protocol intermediary, which somebody else runs."""

from __future__ import annotations

import time
from collections.abc import Mapping
from urllib.parse import quote

from lib.core.still_params import StillParams
from lib.http_client.service_url import ServiceError
from lib.transform.stills.service_link import (
    PICTURE_S,
    LeasedStill,
    LeaseLostError,
    NotTakenError,
    ServiceAddress,
    ServiceLink,
    StillsLink,
)

HELD_S = 3600.0  # that a poll is held, where no proxy cuts it before
AGAIN_S = 5.0  # after 524, 502, a reset or silence
LONGEST_PROMPT = 64 * 1024
SEEDS = 2**31


class ForeignLink:
    """It has no lease to renew, and only words: the size is this machine's, the seed the job's."""

    def __init__(self, address: ServiceAddress) -> None:
        from lib.http_client.deadline_http import HttpLine, Question  # noqa: PLC0415 - httpcore

        self._question, self._side = Question, address.foreign_side
        self._line, self._name = HttpLine(address.where, address.proxy), address.where.name
        shown = {"Authorization": f"Bearer {address.token}"} if address.token else {}
        self._headers = shown | {"Content-Type": "application/octet-stream"}

    def close(self) -> None:
        self._line.close()

    def abort(self) -> None:
        self._line.abort()

    def claim(self, offer: Mapping[str, object]) -> LeasedStill | None:  # noqa: ARG002 - not asked for
        status, body = self._send("/next-image-to-generate", b"", HELD_S, LONGEST_PROMPT)
        if status != 200:
            raise ServiceError(f"{self._name} answered {status}", status)
        number, _, prompt = body.decode(errors="replace").partition("\n")
        number, prompt = number.strip(), " ".join(prompt.split())
        if not number or len(number) > 100 or not prompt:
            raise ServiceError(f"{self._name} gives a job without id and prompt")
        seed = sum(number.encode()) if not number.isdecimal() else int(number[-18:])
        params = StillParams(prompt, seed=seed % SEEDS, width=self._side, height=self._side)
        return LeasedStill(number, 1, params)

    def input(self, still: LeasedStill, what: str) -> bytes:
        raise NotTakenError(f"{self._name} has no {what} of {still.id}")

    def beat(self, still: LeasedStill, step: int, total: int, phase: str) -> bool:  # noqa: ARG002 - of the shape
        return False

    def preview(self, still: LeasedStill, jpg: bytes) -> None:
        """Nobody there would see it."""

    def finish(self, still: LeasedStill, sample: int, png: bytes) -> None:  # noqa: ARG002 - there is one
        path = f"/submit-image?id={quote(still.id)}"
        status, body = self._send(path, png, PICTURE_S)
        if status == 404:
            raise LeaseLostError("the still is somebody else's, or gone", status)
        if status in (400, 413, 422):
            raise NotTakenError(body.decode(errors="replace")[:200], status)
        if status != 200:
            raise ServiceError(f"{self._name} answered {status}", status)

    def give_back(
        self,
        id_: str,
        token: int,  # noqa: ARG002 - of the shape
        error: str,  # noqa: ARG002 - the same
        within_s: float,
        *,
        unfit: bool = False,  # noqa: ARG002 - the same
    ) -> None:
        self._send(f"/release-job?id={quote(id_)}", b"", within_s)

    def _send(self, path: str, body: bytes, within_s: float, most: int = 4096) -> tuple[int, bytes]:
        question = self._question("POST", path, self._headers, body)
        answer = self._line.ask(question, time.monotonic_ns() + int(within_s * 1e9), most)
        return answer.status, answer.body


def open_link(address: ServiceAddress) -> StillsLink:
    return ForeignLink(address) if address.foreign_side else ServiceLink(address)


def first_wait_s(address: ServiceAddress) -> float:
    """Before the second try to reach the server; each further wait is longer, for ours."""
    return AGAIN_S if address.foreign_side else 0.5
