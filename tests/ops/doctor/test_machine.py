"""What is said of a machine, from its own files and tools or from some that stand for others."""

from __future__ import annotations

import ctypes
from pathlib import Path

import pytest

from lib.config.settings import ROOT
from lib.ops.doctor import machine
from lib.ops.doctor.result import CheckResult
from tests import rig


def test_this_machine_is_examined_as_it_is() -> None:
    lines = [*machine.basics(None), *machine.processor(), *machine.disks(rig.primary())]
    what = {one.what for one in lines}
    assert {"Python", "packages", "JPEG codec", "processor"} <= what
    assert any(name.startswith("disk: ") for name in what)
    assert all(one.colour in ("green", "yellow", "red") for one in lines)
    assert not {"camera", "display"} & what  # looked at more closely elsewhere


@pytest.mark.parametrize(
    ("answer", "colour", "says"),
    [
        ("NVIDIA RTX 4090, 580.65, 8.9, 800, 24564, 61, Not Active, Not Active", "green", "61 °C"),
        ("NVIDIA RTX 4090, 580.65, 8.9, 800, 24564, 84, Not Active, Not Active", "yellow", "84 °C"),
        ("NVIDIA RTX 4090, 580.65, 8.9, 800, 24564, 92, Active, Not Active", "red", "slowed down"),
        (
            "NVIDIA RTX 4090, 535.18, 8.9, 800, 24564, 61, Not Active, Not Active",
            "yellow",
            "paints on the CPU: the driver is too old for CUDA 13.0: 580 or newer",
        ),
        (
            "NVIDIA TITAN V, 580.65, 7.0, 800, 12036, 61, Not Active, Not Active",
            "yellow",
            "the card is too old for CUDA 13.0: compute capability 7.0, not 7.5",
        ),
        ("Tesla, [N/A], [N/A], [N/A], [N/A], [N/A], [N/A], [N/A]", "green", "Tesla"),
        ("something else", "yellow", "names no card"),
    ],
)
def test_a_gpu_and_its_heat(
    answer: str, colour: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool(tmp_path, monkeypatch, f"echo '{answer}'")
    (line,) = machine.gpus()
    assert line.colour == colour and says in line.says
    assert line.to_do or colour == "green" or "names" in says or "card is" in says


def test_a_driver_that_fails_is_red_and_no_gpu_is_no_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool(tmp_path, monkeypatch, "echo 'NVIDIA-SMI has failed: no driver'; exit 9")
    (line,) = machine.gpus()
    assert line.colour == "red" and "no driver" in line.says and "ubuntu-drivers" in line.to_do
    tool(tmp_path, monkeypatch, """echo 'Field "compute_cap" is not a valid field.'; exit 2""")
    (line,) = machine.gpus()
    assert line.colour == "yellow" and "580 or newer" in line.says and "580" in line.to_do
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    (line,) = machine.gpus()
    assert line.colour == "yellow"


def tool(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    path = folder / "nvidia-smi"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


@pytest.mark.parametrize(("degrees", "colour"), [(45, "green"), (83, "yellow"), (95, "red")])
def test_the_hottest_place_is_named(degrees: int, colour: str, tmp_path: Path) -> None:
    for number, (name, thousandths) in enumerate(
        [("acpitz", 28000), ("x86_pkg_temp", degrees * 1000), ("asleep", "?")]
    ):
        zone = tmp_path / f"thermal_zone{number}"
        zone.mkdir()
        (zone / "type").write_text(f"{name}\n")
        (zone / "temp").write_text(f"{thousandths}\n")
    (line,) = machine.temperature(tmp_path)
    assert (line.colour, line.says) == (colour, f"{degrees} °C at x86_pkg_temp")
    assert bool(line.to_do) == (colour != "green")
    assert machine.temperature(tmp_path / "none")[0].colour == "grey"


def test_little_memory_and_much_load_are_said(tmp_path: Path) -> None:
    (tmp_path / "cpuinfo").write_text("model name\t: Ryzen\nflags\t: fpu\n")
    (tmp_path / "loadavg").write_text("0.10 0.2 0.3 1/100 7\n")
    (tmp_path / "meminfo").write_text("MemTotal: 16000000 kB\nMemAvailable: 400000 kB\n")
    (line,) = machine.processor(tmp_path)
    assert line.colour == "red" and "0.4 of 16.0 GB memory free" in line.says
    (tmp_path / "meminfo").write_text("MemTotal: 16000000 kB\nMemAvailable: 8000000 kB\n")
    assert machine.processor(tmp_path)[0].colour == "green"
    (tmp_path / "loadavg").write_text("900.0 0.2 0.3 1/100 7\n")
    assert machine.processor(tmp_path)[0].colour == "yellow"


def test_disks_that_are_full_and_folders_that_can_not_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = rig.primary(state_dir=str(tmp_path / "not" / "there" / "yet"))
    assert all(one.colour != "red" for one in machine.disks(settings))
    assert not (tmp_path / "not").exists(), "an examination makes nothing"
    monkeypatch.setattr(machine, "RED_GB", 1e9)
    full = machine.disks(settings)
    assert full[0].colour == "red" and "make room" in full[0].to_do
    lines = machine.disks(rig.primary(state_dir="/proc/none"))
    assert any(one.what == "state folder" and one.colour == "red" for one in lines)


def test_one_line_for_all_that_lies_on_one_disk() -> None:
    lines = machine.disks(rig.primary(state_dir=str(ROOT), data_dir=str(ROOT)))
    assert "state, data, program" in lines[0].what


@pytest.mark.parametrize(
    ("state", "status", "error_us", "colour"),
    [(0, 0x2001, 4000, "green"), (5, 0x40, 16_000_000, "yellow"), (0, 0x40, 0, "yellow")],
)
def test_the_kernel_is_asked_whether_its_clock_is_set(
    state: int, status: int, error_us: int, colour: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Libc:
        def __init__(self, name: None) -> None:
            pass

        def adjtimex(self, timex: ctypes.Array[ctypes.c_byte]) -> int:
            assert timex[0] == 0, "it only asks"
            ctypes.cast(timex, ctypes.POINTER(ctypes.c_long))[3] = error_us
            ctypes.cast(timex, ctypes.POINTER(ctypes.c_int))[10] = status
            return state

    real: list[CheckResult] = machine.clock()
    assert real[0].colour in ("green", "yellow")
    monkeypatch.setattr(ctypes, "CDLL", Libc)
    (line,) = machine.clock()
    assert line.colour == colour
    assert "at most 4 ms" in line.says or colour == "yellow"
