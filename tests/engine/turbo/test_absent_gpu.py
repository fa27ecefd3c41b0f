"""What can be known of the lean path on a GPU where there is none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lib.config.settings import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
# A step of what `absent_gpu.PART_UNET` and `PART_VAE` say. One of SD-Turbo has 437 in all.
MOST = {
    "convolution": 34,
    "conv_relu": 17,
    "conv_add_relu": 8,
    "group_norm": 10,
    "sum_group_norm": 11,
    "addmm": 16,
    "add_product_": 8,
    "mm": 8,
    "_scaled_dot_product_flash_attention": 8,
    "per": 15,  # LayerNorms, but for three
    "poi": 15,
}


def said(scratch: Path, *asked: str) -> dict[str, Any]:
    """By a program of its own, because it changes what torch says of the machine."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.engine.turbo.absent_gpu", *asked],
        cwd=ROOT,
        env={**os.environ, "TORCHINDUCTOR_CACHE_DIR": str(scratch), "TMPDIR": str(scratch)},
        capture_output=True,
        text=True,
        timeout=590,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def test_each_family_is_one_graph_on_one_device(weights: Path, tmp_path: Path) -> None:
    made = said(tmp_path, "families", str(weights))
    assert {"turbo, taesd", "xl, own", "xl, full size"} < made.keys()


def test_a_frame_launches_no_more_than_it_did(tmp_path: Path) -> None:
    """A fusion that is lost shows here; so does one that is won, and then the numbers go down."""
    pytest.importorskip(
        "triton", reason="inductor writes code for GPUs with triton, see develop.md"
    )
    made = said(tmp_path, "launches", "part")
    assert made["channels first"] == 0
    assert made["launches"] == MOST  # and nothing of a kind that is not known
