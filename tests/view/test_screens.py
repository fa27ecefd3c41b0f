"""What SDL says of the screens, asked from a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from lib.config.settings import ROOT


def test_it_says_which_screens_there_are() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "lib.view.screens"],
        cwd=ROOT,
        env={**os.environ, "SDL_VIDEODRIVER": "dummy"},
        stdout=subprocess.PIPE,
        check=True,
        timeout=30,
    )
    said = json.loads(done.stdout)
    assert said["driver"] == "dummy"
    assert [screen.keys() for screen in said["screens"]] == [{"name", "width", "height", "hz"}]
