"""What an engine is made of keeps what it does to itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from lib.config.settings import ROOT

PAINTS = """
from lib.engine.painter.style_network import StyleNetwork
StyleNetwork()
"""


def test_the_painter_leaves_nothing_in_its_owners_home(tmp_path: Path) -> None:
    """By default onnxruntime has a number for the machine there, which it sends to its makers."""
    environment = {name: value for name, value in os.environ.items() if name[:4] != "ORT_"}
    environment |= {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    subprocess.run([sys.executable, "-c", PAINTS], cwd=ROOT, env=environment, check=True)
    assert not list(tmp_path.rglob("*onnxruntime*"))
