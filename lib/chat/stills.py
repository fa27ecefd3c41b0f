"""Asks a host's service of stills for a single picture, and waits for it."""

from __future__ import annotations

import time
from dataclasses import dataclass

from lib.chat.host import Host, UnreachableError, part
from lib.chat.json_fields import JsonObject, number, short, text, texts
from lib.config.controls import RefusedError

WAIT_S = 25  # that the service may take for one answer; a proxy would end a longer one
AND_THEN_S = 5.0
AGAIN_S = 1.0  # the service may be starting again
MOST_SILENT = 20  # answers that do not come, one after the other
ENDS = {"failed": "failed", "cancelled": "was cancelled"}


@dataclass(frozen=True)
class AskedStill:
    host: Host  # its service of stills
    id: str
    words: str
    said: str  # what is to be said at once


def ask_for_still(primary: Host, words: str) -> AskedStill:
    if not words:
        raise RefusedError("describe the picture: /still TEXT")
    host = Host(primary.name, _port(primary), primary.token)
    answer = host.post_body("/jobs", {"prompt": words})
    job = text(answer, "id")
    if not job:
        raise UnreachableError(f"{host.address} is not Afterimage")
    before = int(number(answer, "place") or 0)
    place = f"{before} before it" if before else "it is next"
    page = f"http://{host.address}/stills"
    return AskedStill(host, job, f"'{short(words)}'", f"in the queue: {place}; see {page}")


def _port(primary: Host) -> int:
    """Where its stills are; its status says so, to whom it may."""
    try:
        port = number(primary.get("/status"), "stills_port")
    except RefusedError:
        port = primary.stills_port
    if not port:
        raise RefusedError("this host makes no stills: its STILLS_PORT is 0")
    return int(port)


def still_ended(job: AskedStill) -> str:
    """Wait until it is done, and say where it is; RefusedError says why it is not."""
    silent = 0
    while True:
        try:
            answer = job.host.get(f"/jobs/{part(job.id)}?wait_s={WAIT_S}", WAIT_S + AND_THEN_S)
            silent = 0
        except UnreachableError:
            silent += 1
            if silent >= MOST_SILENT:
                raise
            time.sleep(AGAIN_S)
            continue
        state = text(answer, "state")
        if state == "done":
            return f"done: {job.words}: {_places(job, answer)}"
        if state in ENDS:
            why = text(answer, "error")
            raise RefusedError(f"{job.words} {ENDS[state]}" + (f": {why}" if why else ""))


def _places(job: AskedStill, answer: JsonObject) -> str:
    ids = texts(answer, "pictures")
    return " ".join(f"http://{job.host.address}/pictures/{part(one)}" for one in ids)
