"""A stream of the lab streaming layer on this machine: found, lost, and found again."""

from __future__ import annotations

import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from lib.signals.drivers.process import LslSource
from tests.signals.stand import parts_with, running, until, value

OUTLET = """
import math, sys, time
import pylsl
name, identity = sys.argv[1:]
info = pylsl.StreamInfo(name, "EEG", 2, 256, "float32", identity)
channels = info.desc().append_child("channels")
for label in ("TP9", "AF7"):
    channels.append_child("channel").append_child_value("label", label)
outlet, sent, began = pylsl.StreamOutlet(info), 0, time.monotonic()
while True:
    due = int((time.monotonic() - began) * 256)
    for at in range(sent, due):
        outlet.push_sample([math.sin(2 * math.pi * hz * at / 256) for hz in (10, 20)])
    sent = due
    time.sleep(0.01)
"""


def outlet(name: str, identity: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", OUTLET, name, identity]
    return subprocess.Popen(command, stderr=subprocess.DEVNULL)


@pytest.mark.slow
def test_a_stream_is_found_lost_and_found_again(tmp_path: Path) -> None:
    name, identity = f"muse-{uuid.uuid4().hex[:8]}", uuid.uuid4().hex
    with running(LslSource(parts_with(tmp_path, lsl_stream=name))) as source:
        until(lambda: source.process.pid)
        assert source.describe() == "looks for it"
        for _ in range(2):
            program = outlet(name, identity)
            try:
                until(lambda: (value(source, f"{name}.tp9.alpha") or 0) > 0.95, 20)
                until(lambda: (value(source, f"{name}.af7.beta") or 0) > 0.95, 20)
                assert source.describe() == f"{name}, 2 channels, 256 Hz"
            finally:
                program.kill()
                program.wait()
            until(lambda: value(source, f"{name}.tp9.alpha") is None, 20)
            until(lambda: "looks for it" in source.describe(), 20)
        assert source.tally.counts["lost"] >= 1
