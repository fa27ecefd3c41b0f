"""Polls the host once a second while somebody types: its state, and what others change."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from lib.chat import answers
from lib.chat.commands import Chat, entries, preset_names
from lib.chat.host import UnreachableError
from lib.chat.json_fields import JsonObject, number, object_in, short, text, texts
from lib.config.controls import RefusedError

EVERY_S = 1.0
PRESETS_EVERY = 5  # rounds
MOST_TOLD = 5  # changes of others in one round; a fader that moves makes thirty a second


@dataclass(frozen=True)
class HostState:
    """The host's latest state; replaced as a whole, so any thread may read it."""

    away: str = "connecting to the primary host"
    figures: str = ""
    prompt: str = ""
    wall: str = ""  # what nobody may overlook
    cues: str = ""  # while they run
    warnings: tuple[str, ...] = ()
    presets: tuple[str, ...] = ()


class HostPoller:
    """A thread of its own, so that typing never waits for the network."""

    def __init__(
        self, chat: Chat, tell: Callable[[str], None], refresh: Callable[[], None]
    ) -> None:
        self.state = HostState()
        self._chat, self._tell, self._refresh = chat, tell, refresh
        self._known: int | None = None  # number of the latest change that was followed
        self._rounds = 0
        self._quit = threading.Event()
        self._thread = threading.Thread(target=self._run, name="HostPoller", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Return at once: the thread may be waiting for a host that is gone."""
        self._quit.set()

    def _run(self) -> None:
        while not self._quit.is_set():
            try:
                self._poll()
            except (UnreachableError, RefusedError) as error:
                self.state = replace(self.state, away=str(error))
                self._rounds = 0
            if not self._quit.is_set():
                self._refresh()
            self._quit.wait(EVERY_S)

    def _poll(self) -> None:
        host = self._chat.host.get("/status")
        if self._rounds % PRESETS_EVERY == 0:
            self.state = replace(self.state, presets=tuple(preset_names(self._chat.host)))
        self._rounds += 1
        stream = object_in(host, "stream")
        self.state = replace(
            self.state,
            away="",
            figures=answers.figures(stream) if stream else "no frames",
            wall=", ".join(answers.wall(host)),
            cues=answers.running_cues(object_in(host, "cues")),
            prompt=short(object_in(host, "params").get("prompt", "")),
            warnings=tuple(texts(host, "warnings")),
        )
        self._follow(number(host, "params_number"))

    def _follow(self, latest: float | None) -> None:
        """Say what others changed since the last poll."""
        before, self._known = self._known, None if latest is None else int(latest)
        if before is None or latest is None or latest == before:
            return
        journal = entries(self._chat.host.get("/journal"))
        with self._chat.asking:  # an answer that is under way is known as ours then
            others = [one for one in journal if self._is_news(one, before)]
        if others:
            self._known = max(
                self._known or 0, *(int(number(one, "number") or 0) for one in others)
            )
        for entry in _latest_of_each(others)[-MOST_TOLD:]:
            self._tell(answers.by_others(entry))

    def _is_news(self, entry: JsonObject, before: int) -> bool:
        is_change = bool(object_in(entry, "change")) and not text(entry, "refused")
        count = number(entry, "number")
        return is_change and count is not None and count > before and not self._chat.is_own(entry)


def _latest_of_each(others: list[JsonObject]) -> list[JsonObject]:
    """Join the changes of a moving fader into one line: from its first value to its last."""
    joined: dict[object, JsonObject] = {}
    for entry in others:
        change = object_in(entry, "change")
        key = (text(entry, "door"), text(entry, "who"), text(entry, "action"), *change)
        first = joined.pop(key, entry)
        joined[key] = {**entry, "before": object_in(first, "before")}
    return list(joined.values())
