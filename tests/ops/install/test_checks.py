"""What is checked before an installation; nvidia-smi and compilers are stand-ins."""

from __future__ import annotations

import hashlib
import sys
import sysconfig
from pathlib import Path

import pytest

from lib.config.settings import ROOT
from lib.core.gpu_needs import CUDA
from lib.ops.install import checks, steps
from lib.ops.install.steps import Installation
from lib.ops.launch import examine


def put(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder with programs."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


@pytest.mark.parametrize(
    ("card", "state", "says"),
    [
        ("RTX 4090, 24564, 580.65.06, 8.9", "ok", "1 x RTX 4090, driver 580.65.06"),
        (
            "RTX 4090, 24564, 535.183.01, 8.9",
            "missing",
            "the driver is too old for CUDA 13.0: 580 or newer",
        ),
        (
            "GTX 1080, 8192, 580.65.06, 6.1",
            "note",
            "painted on the CPU, the card is too old for CUDA 13.0: compute capability 6.1",
        ),
    ],
)
def test_a_driver_and_a_card_that_turbo_can_use(
    tools: Path, tmp_path: Path, card: str, state: str, says: str
) -> None:
    put(tools, "nvidia-smi", f"echo '{card}'")
    found = checks._driver(checks.gpu_list(), tmp_path)
    assert found.state == state and steps.has_gpu() == (state != "note")
    assert says in found.says
    assert bool(found.to_do) == (state == "missing")


def test_a_driver_that_does_not_know_what_it_is_asked(tools: Path, tmp_path: Path) -> None:
    put(tools, "nvidia-smi", 'case $1 in *compute_cap) exit 2;; esac; echo "P4, 7611, 470.1"')
    assert checks.gpu_list() == [checks.GpuCard("P4", 7611, "470.1")]
    assert "too old" in checks._driver(checks.gpu_list(), tmp_path).says


def test_the_cuda_that_is_named_is_the_one_that_is_installed() -> None:
    lock = (ROOT / "requirements-cuda.lock").read_text()
    assert f"\ncuda-toolkit=={CUDA}." in lock


def test_a_compiler_counts_where_it_finds_the_headers(tools: Path) -> None:
    assert not checks.compiles(sys.executable)
    put(tools, "gcc", "exit 1")
    assert not checks.compiles(sys.executable)
    include = sysconfig.get_path("include")
    put(tools, "clang", f'case "$*" in *"-I {include} "*) /bin/grep -q Python.h;; *) exit 1;; esac')
    assert checks.compiles(sys.executable)


def test_the_compiler_of_this_machine() -> None:
    there = Path(sysconfig.get_path("include"), "Python.h").exists()
    assert checks.compiles(sys.executable) == there


def test_packages_for_a_gpu_are_not_all_there_without_a_compiler(
    tools: Path, tmp_path: Path
) -> None:
    (tmp_path / "requirements.txt").touch()
    stamps = tmp_path / ".venv"
    stamps.mkdir()
    digest = hashlib.sha256(b"").hexdigest()[:16]
    for name in ("requirements", "requirements-light"):
        (stamps / f".installed-{name}-{digest}").touch()
    for gpu, enough in ((True, False), (False, True)):
        asked = Installation("worker", "nobody", gpu=gpu, root=tmp_path)
        assert steps.packages(asked).is_so() == enough
    put(tools, "gcc", "exit 0")
    assert steps.packages(Installation("worker", "nobody", gpu=True, root=tmp_path)).is_so()


def test_a_machine_with_a_gpu_is_told_about_its_compiler(tools: Path) -> None:
    put(tools, "nvidia-smi", "echo 'GPU 0: NVIDIA H100 (UUID: GPU-1)'")
    lines = {one.what: one for one in examine.examine("127.0.0.1", {})}
    assert lines["C compiler"].state == "note" and "gcc libc6-dev" in lines["C compiler"].to_do
    put(tools, "gcc", "exit 0")
    assert {one.what: one for one in examine.examine("127.0.0.1", {})}["C compiler"].state == "ok"
    (tools / "nvidia-smi").unlink()
    assert "C compiler" not in {one.what for one in examine.examine("127.0.0.1", {})}
