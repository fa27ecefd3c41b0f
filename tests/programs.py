"""The programs as somebody starts them, without this machine's own settings and screen."""

from __future__ import annotations

import os
import subprocess
import sys

from lib.config.settings import ROOT, Primary, Worker

PORTS = ("job_port", "result_port", "output_port", "settings_port")


def environment(**more: str) -> dict[str, str]:
    """Without this machine's own settings and screen."""
    names = {name.upper() for kind in (Primary, Worker) for name in kind.model_fields}
    names.discard("STATE_DIR")  # the test's own
    kept = {key: value for key, value in os.environ.items() if key not in names}
    return kept | {"ENV_FILE": "/dev/null", "SDL_VIDEODRIVER": "offscreen"} | more


def finish(*argv: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *argv],
        cwd=ROOT,
        env=environment(**more),
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
