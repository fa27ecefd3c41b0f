"""A worker is ready when its engine is warm, not when its process exists."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import textwrap
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from lib.config.settings import ROOT
from lib.supervise import Child
from tests.ports import free_ports
from tests.rig import until
from tests.supervise.runs import Run
from tests.test_notify import heard

STARTS_S = 30  # on two cores that do much else
WORKER = """
    import sys, time
    from pathlib import Path
    import transform
    from lib.engine.identity import Identity
    warm = Path(sys.argv.pop())
    def warm_up(*_):
        warm.with_name("warms").touch()
        while not warm.exists():
            time.sleep(0.01)
    Identity.warm_up = warm_up
    raise SystemExit(transform.main())
"""


@pytest.mark.slow
def test_it_says_so_after_its_warm_up(tmp_path: Path) -> None:
    job, result = free_ports(2)
    flags = [f"--job_port={job}", f"--result_port={result}", "--engine=identity"]
    argv = [sys.executable, "-c", textwrap.dedent(WORKER), *flags, str(tmp_path / "warm")]
    with ExitStack() as resources:
        ear = resources.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        ear.bind(str(tmp_path / "ear"))
        ear.setblocking(False)
        told = {"NOTIFY_SOCKET": str(tmp_path / "ear"), "ENV_FILE": "/dev/null"}
        run = Run(Child("worker", argv, environment=told))
        resources.callback(run.end)
        assert until((tmp_path / "warms").exists, STARTS_S)
        time.sleep(0.5)  # twice the time between two looks of a worker at its threads
        assert heard(ear) == ["STATUS=the model is loading"]
        assert not run.children[0].ready
        (tmp_path / "warm").touch()
        assert until(lambda: run.children[0].ready, STARTS_S)
        said: list[str] = []
        assert until(lambda: said.extend(heard(ear)) or "READY=1" in said, STARTS_S)
        assert said.count("READY=1") == 1


UNABLE = """
    import threading, time
    import transform
    from lib.engine.engine import EngineError
    from lib.engine.identity import Identity
    def warm_up(*_):
        # In a library, for long; a daemon's thread would be one, and not be waited for.
        threading.Thread(target=time.sleep, args=[60], daemon=False).start()
        raise EngineError("not enough memory: a frame of 64x64 does not fit")
    Identity.warm_up = warm_up
    Identity.is_busy = True
    raise SystemExit(transform.main())
"""


def test_an_engine_that_cannot_warm_up_is_one_sentence_and_exit_code_2() -> None:
    """At once, although a thread of it is inside a library."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(UNABLE), "--engine=identity"],
        cwd=ROOT,
        env={**os.environ, "ENV_FILE": "/dev/null"},
        capture_output=True,
        text=True,
        timeout=STARTS_S,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "transform.py: not enough memory: a frame of 64x64 does not fit"
    ]
