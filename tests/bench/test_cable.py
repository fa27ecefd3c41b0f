"""The cable to another host: it carries, it is silent when unplugged, and nothing stays behind."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from bench.faults.cable import Cable, cable_trouble

pytestmark = pytest.mark.skipif(cable_trouble() is not None, reason=str(cable_trouble()))
SPEAK = """
import socket, sys
with socket.create_server((sys.argv[1], 0)) as ear:
    print(ear.getsockname()[1], flush=True)
    with ear.accept()[0] as line:
        while data := line.recv(100):
            line.sendall(data)
"""


def test_unplugged_it_is_silent_and_plugged_in_again_it_goes_on() -> None:
    with Cable() as cable:
        command = cable.enter(sys.executable, "-c", SPEAK, cable.there)
        far = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            assert far.stdout
            port = int(far.stdout.readline())
            with socket.create_connection((cable.there, port), timeout=10) as near:
                near.sendall(b"hello")
                assert near.recv(100) == b"hello"
                cable.unplug()
                near.sendall(b"are you there?")
                near.settimeout(0.5)
                with pytest.raises(TimeoutError):
                    near.recv(100)
                cable.plug()
                near.settimeout(20)
                assert near.recv(100) == b"are you there?"
        finally:
            far.kill()
            far.communicate()
    links = {path.name for path in Path("/sys/class/net").iterdir()}
    assert not {link for link in links if link.startswith(f"ai{os.getpid()}")}
