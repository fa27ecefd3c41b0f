"""Four doors of a real show at once: page, HTTP, OSC and chat play two thousand changes."""

from __future__ import annotations

import http.client
import json
import random
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import websockets.exceptions
import websockets.sync.client
from pythonosc.osc_message_builder import build_msg

from bench.pictures import fill
from bench.ports import free_udp_port
from bench.show import Show
from lib.config.params import Played
from lib.config.settings import ROOT
from lib.wire.messages import decode_picture

CHANGES = 500  # through each door
PAUSE_S = 0.012
LOCAL = "127.0.0.1"


@pytest.fixture
def show(tmp_path: Path) -> Iterator[Show]:
    fill(tmp_path, 4)
    show = Show(tmp_path, 30, ["--delay_ms 8", "--delay_ms 8"])
    show.osc_port = free_udp_port()
    with show:
        show.until_answered()
        show.settle(1.0)
        yield show


def some_change(dice: random.Random) -> tuple[str, Any]:
    """One in ten is not allowed."""
    bad = dice.random() < 0.1
    return dice.choice(
        [
            ("seed", dice.randrange(1000) if not bad else -3),
            ("strength", round(dice.random(), 3) if not bad else 7.5),
            ("guidance", round(dice.random() * 5, 2) if not bad else 99.0),
            ("steps", dice.randrange(1, 9) if not bad else 0),
            ("blend", round(dice.random(), 3) if not bad else -0.5),
            ("feedback", round(dice.random() * 0.9, 3) if not bad else 1.5),
            ("prompt", f"a tower {dice.randrange(99)} 猫 <b>" if not bad else "x" * 2500),
            ("prompt2", dice.choice(["", "a whale", "عاصفة"]) if not bad else "y" * 2500),
            ("glide_ms", dice.randrange(900) if not bad else 10**7),
            ("fixed_seed", bool(dice.randrange(2)) if not bad else "perhaps"),
        ]
    )


def by_http(show: Show, dice: random.Random) -> Counter[str]:
    answers: Counter[str] = Counter()
    connection = http.client.HTTPConnection(LOCAL, show.ports["settings_port"], timeout=10)
    for _ in range(CHANGES):
        change = dict(some_change(dice) for _ in range(dice.randrange(1, 4)))
        connection.request("PATCH", "/params", json.dumps(change))
        answer = connection.getresponse()
        answer.read()
        answers[str(answer.status)] += 1
        time.sleep(PAUSE_S)
    connection.close()
    return answers


def by_osc(show: Show, dice: random.Random) -> Counter[str]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        for _ in range(CHANGES):
            name, value = some_change(dice)
            one.sendto(build_msg(f"/{name}", value).dgram, (LOCAL, show.osc_port))
            time.sleep(PAUSE_S)
    return Counter(sent=CHANGES)


def by_chat(show: Show, dice: random.Random) -> Counter[str]:
    lines = "".join(f"/{name} {value}\n" for name, value in map(some_change, [dice] * CHANGES))
    port = str(show.ports["settings_port"])
    done = subprocess.run(
        [sys.executable, ROOT / "input-publisher.py", "--host", LOCAL, "--port", port],
        input=lines,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert "Traceback" not in done.stdout + done.stderr
    return Counter({"exit": done.returncode})


class Page:
    """Plays over its own connection, and keeps what it is told."""

    def __init__(self, show: Show, resources: ExitStack) -> None:
        url = f"ws://{LOCAL}:{show.ports['settings_port']}/live"
        connection = websockets.sync.client.connect(url, compression=None, max_size=2**24)
        self._live = resources.enter_context(connection)
        self.told: list[dict[str, Any]] = []
        self.answers: Counter[str] = Counter()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def play(self, dice: random.Random) -> Counter[str]:
        self._live.send(json.dumps({"type": "preview", "fps": 0}))
        for number in range(CHANGES):
            change = dict([some_change(dice)])
            self._live.send(json.dumps({"type": "play", "id": number, "change": change}))
            time.sleep(PAUSE_S)
        return self.answers

    def _read(self) -> None:
        """Until the connection ends."""
        with suppress(websockets.exceptions.ConnectionClosed):
            for text in self._live:
                if isinstance(text, bytes):
                    continue
                facts = json.loads(text)
                if facts["type"] == "played":
                    self.told.append(facts)
                elif facts["type"] == "answer":
                    self.answers[str(facts["ok"])] += 1


@pytest.mark.slow
def test_two_thousand_changes_from_four_doors_at_once(show: Show) -> None:
    with ExitStack() as resources:
        play_through_all(show, Page(show, resources))


def play_through_all(show: Show, page: Page) -> None:
    before, found = drops(show), dict[str, Counter[str]]()

    def through(name: str, play: Callable[[], Counter[str]]) -> threading.Thread:
        return threading.Thread(target=lambda: found.update({name: play()}), daemon=True)

    doors = [
        through("http", lambda: by_http(show, random.Random(1))),
        through("osc", lambda: by_osc(show, random.Random(2))),
        through("chat", lambda: by_chat(show, random.Random(3))),
        through("page", lambda: page.play(random.Random(4))),
    ]
    for door in doors:
        door.start()
    seen: list[tuple[float, int]] = []
    while any(door.is_alive() for door in doors):
        if show.viewer.poll(50):
            seen.append((time.monotonic(), decode_picture(show.viewer.recv()).index))
    show.settle(1.5)  # faders rest, the stream says what it plays
    assert found.keys() == {"http", "osc", "chat", "page"}
    assert set(found["http"]) == {"200", "422"}
    assert page.answers.total() == CHANGES
    assert page.answers["True"] > page.answers["False"] > 0
    assert found["chat"]["exit"] == 1, "some of its lines were refused"
    all_have_the_same(show, page)
    no_frame_is_late(show, before, seen)


def all_have_the_same(show: Show, page: Page) -> None:
    host = ask(show, "/params")
    stream, journal = ask(show, "/status")["stream"], ask(show, "/journal")
    Played.model_validate(host["params"])  # always a state that may be played
    assert host["number"] > CHANGES
    assert (stream["params_number"], stream["params"]) == (host["number"], host["params"])
    assert (page.told[-1]["number"], page.told[-1]["params"]) == (host["number"], host["params"])
    entries = journal["entries"] if isinstance(journal, dict) else journal
    numbers = [entry["number"] for entry in entries if not entry["refused"]]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert numbers[-1] == host["number"]
    assert {entry["door"] for entry in entries} <= {"http", "osc", "chat", "page"}
    told = [entry["number"] for one in page.told for entry in one["entries"]]
    assert all(later >= earlier for earlier, later in pairwise(told))


def no_frame_is_late(show: Show, before: Counter[str], seen: list[tuple[float, int]]) -> None:
    """With slack: the four doors and the show have two cores between them."""
    after = drops(show)
    frames = len(seen)
    assert frames > 60
    assert after["late"] - before["late"] + after["lost"] - before["lost"] <= 0.02 * frames
    missing = seen[-1][1] - seen[0][1] + 1 - frames
    assert missing <= 0.03 * frames
    assert max(later[0] - earlier[0] for earlier, later in pairwise(seen)) < 0.3


def drops(show: Show) -> Counter[str]:
    return Counter(ask(show, "/status")["stream"]["drops"])


def ask(show: Show, path: str) -> Any:
    connection = http.client.HTTPConnection(LOCAL, show.ports["settings_port"], timeout=5)
    connection.request("GET", path)
    answer = json.load(connection.getresponse())
    connection.close()
    return answer
