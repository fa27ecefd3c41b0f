"""The calls of a worker to the stills service."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlencode

from lib.core.plain import printable
from lib.core.still_params import StillParams, StillParamsError
from lib.http_client.service_url import ServiceError, ServiceUrl

VERSION = 1  # of these calls
CLAIM_S = 25  # that a claim waits for a still; proxies cut at 100
ANSWER_S = 10.0  # for all else
PICTURE_S = 60.0  # for a picture, perhaps over a slow line
LARGEST_INPUT = 64 * 1024 * 1024
_LONGEST_REASON = 200


class LeaseLostError(ServiceError):
    """Somebody else has the still, or nobody wants it any more: what was made is of no use."""


class NotTakenError(ServiceError):
    """The service does not want what was handed in, and would not at a second try."""


@dataclass(frozen=True, slots=True)
class ServiceAddress:
    where: ServiceUrl
    token: str = field(default="", repr=False)
    proxy: str = field(default="", repr=False)
    foreign_side: int = 0  # of the stills of an older protocol's server, which names no size


@dataclass(frozen=True, slots=True)
class LeasedStill:
    id: str
    token: int
    params: StillParams
    samples_done: frozenset[int] = frozenset()
    image: bool = False
    mask: bool = False
    private: bool = False  # its words appear in no log, and nobody sees it before it is done


class StillsLink(Protocol):
    """One connection. Belongs to one thread; only `abort` may be called by others."""

    def close(self) -> None: ...
    def abort(self) -> None: ...
    def claim(self, offer: Mapping[str, object]) -> LeasedStill | None: ...
    def input(self, still: LeasedStill, what: str) -> bytes: ...
    def beat(self, still: LeasedStill, step: int, total: int, phase: str) -> bool: ...
    def preview(self, still: LeasedStill, jpg: bytes) -> None: ...
    def finish(self, still: LeasedStill, sample: int, png: bytes) -> None: ...
    def give_back(
        self, id_: str, token: int, error: str, within_s: float, *, unfit: bool = False
    ) -> None:
        """`unfit`: by what it asks for, and not by this worker."""


class ServiceLink:
    """To the service of stills."""

    def __init__(self, address: ServiceAddress) -> None:
        # httpcore is loaded by the workers that ask for stills alone.
        from lib.http_client.deadline_http import HttpLine, Question  # noqa: PLC0415

        self._question = Question
        self._line = HttpLine(address.where, address.proxy)
        self._name = address.where.name
        self._headers = {"Accept": "application/json"}
        if address.token:
            self._headers["Authorization"] = f"Bearer {address.token}"

    def close(self) -> None:
        self._line.close()

    def abort(self) -> None:
        """End what is on its way, for good."""
        self._line.abort()

    def claim(self, offer: Mapping[str, object]) -> LeasedStill | None:
        """The next still, None where there is none; NotUnderstoodError where it is of a kind that
        this worker does not know."""
        said = self._json("/work/claim", dict(offer) | {"wait_s": CLAIM_S}, CLAIM_S + 15.0)
        if said is None:
            return None
        id_, token = said.get("id"), said.get("token")
        if not isinstance(id_, str) or type(token) is not int:
            raise ServiceError(f"{self._name} leases a still without id and token")
        done = said.get("samples_done")
        try:
            params = StillParams.from_wire(said.get("params"))
        except StillParamsError as error:
            raise NotUnderstoodError(id_, token, str(error)) from error
        return LeasedStill(
            id_,
            token,
            params,
            frozenset(one for one in done if type(one) is int)
            if isinstance(done, list)
            else frozenset(),
            said.get("image") is True,
            said.get("mask") is True,
            said.get("private") is True,
        )

    def input(self, still: LeasedStill, what: str) -> bytes:
        return self._ask("/work/input", still, {"what": what}, None, PICTURE_S)

    def beat(self, still: LeasedStill, step: int, total: int, phase: str) -> bool:
        """Whether the still is cancelled."""
        body = {"id": still.id, "token": still.token, "step": step, "total": total, "phase": phase}
        said = self._json("/work/beat", body, ANSWER_S)
        return said is not None and said.get("cancel") is True

    def preview(self, still: LeasedStill, jpg: bytes) -> None:
        self._ask("/work/preview", still, {}, ("image/jpeg", jpg), ANSWER_S)

    def finish(self, still: LeasedStill, sample: int, png: bytes) -> None:
        sent = ("image/png", png)
        self._ask("/work/finish", still, {"sample": sample}, sent, PICTURE_S)

    def give_back(
        self, id_: str, token: int, error: str, within_s: float, *, unfit: bool = False
    ) -> None:
        body = {"id": id_, "token": token, "error": error, "unfit": unfit}
        self._json("/work/give_back", body, within_s)

    def _json(
        self, path: str, body: Mapping[str, object], within_s: float
    ) -> dict[str, object] | None:
        answer = self._send(path, ("application/json", json.dumps(body).encode()), within_s)
        if not answer:
            return None
        try:
            said = json.loads(answer)
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, dict):
            raise ServiceError(f"{self._name} answered with something that is not JSON")
        return said

    def _ask(
        self,
        path: str,
        still: LeasedStill,
        more: Mapping[str, object],
        sent: tuple[str, bytes] | None,
        within_s: float,
    ) -> bytes:
        query = urlencode({"id": still.id, "token": still.token, **more})
        return self._send(f"{path}?{query}", sent, within_s)

    def _send(self, path: str, sent: tuple[str, bytes] | None, within_s: float) -> bytes:
        headers = self._headers | ({"Content-Type": sent[0]} if sent else {})
        method, body = ("POST", sent[1]) if sent else ("GET", b"")
        question = self._question(method, path, headers, body)
        until_ns = time.monotonic_ns() + int(within_s * 1e9)
        answer = self._line.ask(question, until_ns, LARGEST_INPUT)
        if 200 <= answer.status < 300:
            return answer.body
        raise self._refused(answer.status, answer.body, path)

    def _refused(self, status: int, body: bytes, path: str) -> ServiceError:
        from lib.http_client.deadline_http import refusal  # noqa: PLC0415

        claims = path == "/work/claim"
        if status in (409, 410) or (status == 404 and not claims):
            return LeaseLostError("the still is somebody else's, or gone", status)
        if status in (400, 413, 415, 422) and not claims:
            return NotTakenError(_detail(body) or f"not taken ({status})", status)
        if status == 401:
            return ServiceError(f"{self._name} asks for the right WORKER_TOKEN (401)", status)
        return ServiceError(f"{self._name} {refusal(status)}", status)


class NotUnderstoodError(ServiceError):
    """A still whose parameters this worker does not know: an older one than the service."""

    def __init__(self, id_: str, token: int, why: str) -> None:
        super().__init__(f"this worker is of another version: {why}")
        self.id, self.token = id_, token


def _detail(body: bytes) -> str:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    detail = said.get("detail") if isinstance(said, dict) else None
    return printable(detail)[:_LONGEST_REASON] if isinstance(detail, str) else ""
