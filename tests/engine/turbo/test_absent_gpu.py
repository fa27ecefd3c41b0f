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
# One step of SD-Turbo's architecture at 512x512; 437 with those that triton's kernels make.
MOST = {
    "convolution": 75,
    "conv_relu": 41,
    "conv_add_relu": 20,
    "group_norm": 27,
    "sum_group_norm": 34,
    "addmm": 64,
    "add_product_": 32,
    "mm": 32,
    "_scaled_dot_product_flash_attention": 32,
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
    made: dict[str, Any] = json.loads(ran.stdout)
    return made


def test_each_family_is_one_graph_on_one_device(weights: Path, tmp_path: Path) -> None:
    made = said(tmp_path, "families", str(weights))
    assert {"turbo, taesd", "turbo, own", "xl, taesd", "xl, full size"} < made.keys()


def test_a_frame_launches_no_more_than_it_did(tmp_path: Path) -> None:
    """A fusion that is lost shows here; so does one that is won, and then the numbers go down."""
    pytest.importorskip(
        "triton", reason="inductor writes code for GPUs with triton, see develop.md"
    )
    made = said(tmp_path, "launches")
    assert made["channels first"] == 0
    launches = made["launches"]
    assert {kind: launches.pop(kind) for kind in MOST} == MOST
    pointwise, normalized = launches.pop("poi"), launches.pop("per") + launches.pop("red")
    assert (pointwise, normalized) == (29, 51)  # the latter LayerNorms, but for three
    assert not launches  # nothing of a kind that is not known
