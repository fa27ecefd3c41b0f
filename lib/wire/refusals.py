"""Who was refused for want of the right key, and what is said of it; each is said once."""

from __future__ import annotations

import logging
import time
from collections import Counter

log = logging.getLogger(__name__)

AGAIN_S = 600.0  # somebody who keeps on trying is named again after so long
MOST_NAMED = 256


WORDS = {
    "unknown worker": "a worker with an unknown key from {} was refused; "
    "automation/make-keys.sh --worker NAME makes one that is known",
    "plain worker": "a worker without a key from {} was refused; it needs KEYS and its own key",
    "keyed worker": "a worker with a key from {} was refused, since KEYS is not set here; "
    "set it on both or on neither",
    "misled worker": "a worker from {} was refused, since its primary.key is of another primary "
    "host; copy ours there",
    "unknown result": "somebody with an unknown key from {} was refused at the result port",
    "unknown viewer": "a viewer with an unknown key from {} was refused; "
    "it needs viewer.key_secret from here",
    "keyless viewer": "somebody who showed no key at the feed was refused; "
    "a viewer needs KEYS, primary.key and viewer.key_secret",
}

FOR_THE_LOG = {  # the status counts them with all who are refused there
    "no ZeroMQ": "something at {} that does not speak ZeroMQ was refused at the job port",
    "no worker": "somebody at {} who says what no worker says was refused at the job port",
}


class RefusalLog:
    """Counts refusals by kind and says each once. One thread writes; any may read."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()  # by kind, since the start
        self.last: dict[str, str] = {}  # kind -> where the latest of it came from
        self._said_s: dict[tuple[str, str], float] = {}
        self._quiet_s: dict[str, float] = {}  # one line a second of a kind, wherever they come from

    def refuse(self, kind: str, host: str) -> None:
        self.counts[kind] += 1
        self.last[kind] = host
        now_s = time.monotonic()
        said_s = self._said_s.get((kind, host))
        if now_s < self._quiet_s.get(kind, 0.0) or (
            said_s is not None and now_s - said_s < AGAIN_S
        ):
            return
        if len(self._said_s) >= MOST_NAMED:  # strangers must not fill memory
            self._said_s.clear()
        self._said_s[kind, host], self._quiet_s[kind] = now_s, now_s + 1
        log.warning("%s", words(kind, host))


def words(kind: str, host: str) -> str:
    return (WORDS | FOR_THE_LOG)[kind].format(host)
