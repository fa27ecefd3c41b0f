"""From the first loud sample of a voice to the first picture on 5557 that followed.

A whole show with one still picture of 256 x 256 and `--playout fast`; a row moves strength by the
level of the voice. The engine costs nothing and shows what strength is; `--engine painter` has the
painter's time in it, which needs a machine of its own. The voice is sent over the socket of the
page as a microphone would, in pieces of 20 ms and in real time. A picture follows when it differs
from those before by more than twice what they differ among themselves.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import threading
import time
from base64 import b64encode
from collections import deque
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray
from websockets.sync.client import ClientConnection, connect

from bench.pictures import fill
from bench.ports import LOCAL, free_ports
from bench.report import command, machine, percentiles, say_broken
from bench.show import Arrival, Show, arrivals
from lib.core.voice.prosody import RATE_HZ, Samples
from lib.pictures.codec import Codec, open_codec
from lib.signals.voice.audio import Resampler
from lib.signals.voice.speech import read_wav

PIECE_S, LOUD = 0.02, 1000
BASE_S, WITHIN_S, REST_S = 0.6, 1.5, 3.0
MOST_P95_MS = 500
PATIENCE_MS = 60_000  # until the first picture
WORDS = "What is this picture doing over there?"
ROW = {
    "signal": "voice.level", "to": "strength", "mode": "absolute", "low": 0.2, "high": 1.0,
    "smooth_s": 0.0, "limit": 0.0, "armed": True,
}  # fmt: skip


def voice() -> Samples:
    """From its first loud sample on; said loudly and fast, as somebody who calls out."""
    argv = ["espeak-ng", "--stdout", "--stdin", "-s", "230", "-p", "80", "-a", "180"]
    done = subprocess.run(argv, input=WORDS.encode(), capture_output=True, check=True)
    spoken = read_wav(done.stdout)
    assert spoken
    samples = Resampler(spoken.rate_hz).push(spoken.samples.astype(np.float32))
    return samples[int(np.argmax(np.abs(samples) > LOUD)) :]


class Caller:
    """A page whose microphone is on."""

    def __init__(self, chat: ClientConnection) -> None:
        self._chat, self._next_s = chat, time.monotonic()
        audio = {"encoding": "linear16", "sample_rate": RATE_HZ, "channels": 1}
        chat.send(json.dumps({"type": "session_settings", "audio": audio}))
        chat.send(json.dumps({"type": "pause_assistant_message"}))
        # One that reads nothing answers no ping either, and would be let go.
        threading.Thread(target=lambda: deque(chat, maxlen=0), daemon=True).start()

    def piece(self, samples: Samples) -> None:
        """When a microphone would have it."""
        time.sleep(max(0.0, self._next_s - time.monotonic()))
        self._next_s = max(self._next_s, time.monotonic() - PIECE_S) + PIECE_S
        data = b64encode(samples.astype("<i2").tobytes()).decode()
        self._chat.send(json.dumps({"type": "audio_input", "data": data}))


def there(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex((LOCAL, port)) == 0


def looked_at(codec: Codec, one: Arrival) -> NDArray[np.float32]:
    return codec.decode(one.picture.jpg).astype(np.float32)


def apart(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    return float(np.abs(one - other).mean())


def once(show: Show, caller: Caller, sound: Samples, codec: Codec) -> float | None:
    """Milliseconds; None where no picture followed."""
    size = int(RATE_HZ * PIECE_S)
    silence = np.zeros(size, np.int16)
    before: deque[NDArray[np.float32]] = deque(maxlen=12)
    end_s = time.monotonic() + BASE_S
    while time.monotonic() < end_s:
        caller.piece(silence)
        before.extend(
            looked_at(codec, one) for one in arrivals(show.viewer, time.monotonic() + 0.001)
        )
    if len(before) < 3:
        return None
    usual = before[-1]
    restless = max(apart(usual, one) for one in before)
    pieces = deque(sound[at : at + size] for at in range(0, len(sound) - size, size))
    # The first sample is heard 20 ms before its piece is whole and can be sent.
    begin_s = time.monotonic()
    time.sleep(PIECE_S)
    found = None
    while time.monotonic() < begin_s + WITHIN_S and found is None:
        caller.piece(pieces.popleft() if pieces else silence)
        for one in arrivals(show.viewer, time.monotonic() + PIECE_S / 4):
            if apart(usual, looked_at(codec, one)) > 2 * restless + 0.5:
                found = 1000 * (one.came_s - begin_s)
                break
    rest(show, caller)
    return found


def rest(show: Show, caller: Caller) -> None:
    """Silence, until the row has come back to where it begins."""
    end_s = time.monotonic() + REST_S
    while time.monotonic() < end_s:
        caller.piece(np.zeros(int(RATE_HZ * PIECE_S), np.int16))
        show.settle(0.001)


def main() -> int:
    parser = command(__doc__, runs=20)
    parser.add_argument("--engine", default="bench.cost.shade:Shade")
    options = parser.parse_args()
    if not shutil.which("espeak-ng"):
        sys.stderr.write("bench.voice: espeak-ng is missing (sudo apt install espeak-ng)\n")
        return 1
    sound, codec = voice(), open_codec()
    flags = ("--playout", "fast", "--resolution", "256")
    with TemporaryDirectory() as folder:
        fill(Path(folder), 1)
        show = Show(Path(folder), 30, [f"--engine {options.engine}"], *flags)
        show.signals_port, show.patience_ms = free_ports(1)[0], PATIENCE_MS
        with show:
            show.until_answered()
            mapping = json.dumps([ROW])
            show.ask("PATCH", "/params?glide_ms=0", {"mapping": mapping})
            show.settle(3)
            show.until(lambda: there(show.signals_port), 30, "signals do not answer")
            with connect(f"ws://{LOCAL}:{show.signals_port}/v0/evi/chat") as chat:
                caller = Caller(chat)
                rest(show, caller)
                times = [once(show, caller, sound, codec) for _ in range(options.runs)]
            came = [one for one in times if one is not None]
            fps = show.watch(2).fps
    print(machine())
    if not came:
        return say_broken([f"no picture followed any of {len(times)} calls at {fps:.0f} fps"])
    ms = percentiles(came)
    print(
        f"a picture followed {len(came)} of {len(times)} calls at {fps:.0f} fps: "
        f"p50 {ms['p50']:.0f} ms, p95 {ms['p95']:.0f} ms, slowest {max(came):.0f} ms"
    )
    broken = [] if len(came) == len(times) else ["a picture did not follow"]
    broken += [] if ms["p95"] <= MOST_P95_MS else [f"p95 is above {MOST_P95_MS} ms"]
    return say_broken(broken)


if __name__ == "__main__":
    raise SystemExit(main())
