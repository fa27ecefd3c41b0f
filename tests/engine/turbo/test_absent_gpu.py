"""What can be known of the lean path on a GPU where there is none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from lib.config.settings import ROOT

HAS_TRITON = find_spec("triton") is not None
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


@pytest.fixture(scope="module")
def said(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """By a program of its own, because it changes what torch says of the machine; and by one for
    both tests, because to import torch and its compiler takes it as long as half of the work."""
    scratch = str(tmp_path_factory.mktemp("scratch"))
    asked = ["families", str(weights), *(["launches"] if HAS_TRITON else [])]
    ran = subprocess.run(
        [sys.executable, "-m", "tests.engine.turbo.absent_gpu", *asked],
        cwd=ROOT,
        env={**os.environ, "TORCHINDUCTOR_CACHE_DIR": scratch, "TMPDIR": scratch},
        capture_output=True,
        text=True,
        timeout=590,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def test_each_family_is_one_graph_on_one_device(said: dict[str, Any]) -> None:
    assert {"turbo, taesd", "xl, own", "xl, full size"} < said["families"].keys()


@pytest.mark.skipif(
    not HAS_TRITON, reason="inductor writes code for GPUs with triton, see develop.md"
)
def test_a_frame_launches_no_more_than_it_did(said: dict[str, Any]) -> None:
    """A fusion that is lost shows here; so does one that is won, and then the numbers go down."""
    made = said["launches"]
    assert made["channels first"] == 0
    assert made["launches"] == MOST  # and nothing of a kind that is not known
