"""A worker ends when it is told to, whatever its engine is doing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest

from lib.config.settings import ROOT
from tests.ports import free_ports
from tests.programs import environment, in_time
from tests.rig import until

STARTS_S = 60  # on two cores that do much else
WORKER = """
    import sys, threading, time
    from pathlib import Path
    import transform
    from lib.engine.identity import Identity
    inside = Path(sys.argv.pop())
    def compile():  # for a minute, in a library that cannot be interrupted
        inside.touch()
        time.sleep(60)
    Identity.is_busy = True
    # A thread of a daemon's would be a daemon, for which no interpreter waits.
    Identity.warm_up = lambda *_: threading.Thread(target=compile, daemon=False).start()
    raise SystemExit(transform.main())
"""


def worker(*argv: str, **more: str) -> subprocess.Popen[bytes]:
    job, result = free_ports(2)
    flags = [f"--job_port={job}", f"--result_port={result}"]
    at = 2 if argv[0] == "-c" else 1
    return subprocess.Popen(
        [sys.executable, *argv[:at], *flags, *argv[at:]],
        cwd=ROOT,
        env=environment(**more),
        stderr=subprocess.DEVNULL,
    )


def ended_in_s(process: subprocess.Popen[bytes]) -> float:
    asked_s = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    return time.monotonic() - asked_s


@pytest.mark.slow
def test_it_does_not_wait_for_a_thread_inside_a_library(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    process = worker("-c", textwrap.dedent(WORKER), "--engine=identity", str(inside))
    try:
        assert until(inside.exists, STARTS_S)
        time.sleep(1)
        assert in_time(ended_in_s(process), 2)
    finally:
        process.kill()


@pytest.mark.slow
def test_it_ends_the_child_that_compiles(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from bench.cost.checkpoint import make_taesd, make_turbo
    from lib.engine.turbo.library_logs import libraries_muted

    with libraries_muted():
        model = make_turbo(tmp_path / "turbo", tiniest=True)
        make_taesd(tmp_path / "taesd")
    flags = [f"--model={model}", f"--vae={tmp_path / 'taesd'}", "--device=cpu", "--compile=on"]
    cache = {"TORCHINDUCTOR_CACHE_DIR": str(tmp_path / "cache"), "OMP_NUM_THREADS": "1"}
    process = worker("transform.py", "--engine=turbo", "--warmup=1x64x64x3", *flags, **cache)

    def compiling() -> list[psutil.Process]:
        found = psutil.Process(process.pid).children()
        return [one for one in found if "lib.engine.turbo.cache_warmer" in one.cmdline()]

    try:
        assert until(compiling, STARTS_S)
        children = compiling()
        # Ctrl+C reaches all of a session's group; this child is the worker's to end.
        assert os.getsid(children[0].pid) != os.getsid(process.pid)
        assert in_time(ended_in_s(process), 2)
        assert not psutil.wait_procs(children, 20)[1]
    finally:
        process.kill()
