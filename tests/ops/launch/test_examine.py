"""What --check says of a machine."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from lib.config.settings import ROOT
from lib.ops.launch import examine
from lib.wire.ports import USUAL
from tests.ports import free_ports


def flags(ports: list[int]) -> list[str]:
    return [f"--{name}={port}" for name, port in zip(USUAL, ports, strict=True)]


def test_a_machine_that_can_run_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert examine.main(["--check", *flags(free_ports(4))]) == 0
    said = capsys.readouterr().out
    for what in ("Python", "packages", "JPEG codec", "camera", "display", "GPU", "engine painter"):
        assert any(line.startswith(what) for line in said.splitlines()), what
    assert "This machine can run Afterimage" in said


def test_a_port_in_use_is_what_keeps_it_from_running(capsys: pytest.CaptureFixture[str]) -> None:
    ports = free_ports(4)
    with socket.create_server(("127.0.0.1", ports[2])):
        assert examine.main(["--check", *flags(ports)]) == 1
    said = capsys.readouterr().out
    assert f"port {ports[2]} is in use by another program; --output_port chooses another" in said
    assert re.search(rf"^port {ports[2]} +in use  ", said, re.M), "it is not missing"
    assert "Afterimage cannot start like this." in said


def test_it_runs_on_a_python_without_our_packages() -> None:
    done = subprocess.run(
        [sys.executable, "-S", "-m", "lib.ops.launch.examine", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    assert "packages" in done.stdout
    assert "not installed yet" in done.stdout
    assert done.stderr == ""


def test_a_gpu_tool_that_hangs_or_fails_is_survived(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tool = tmp_path / "nvidia-smi"
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    for script, state in (
        ("echo 'GPU 0: NVIDIA H100 (UUID: GPU-1)'", "ok"),
        ("echo 'NVIDIA-SMI has failed'; exit 9", "note"),
    ):
        tool.write_text(f"#!/bin/sh\n{script}\n")
        tool.chmod(0o755)
        found = examine._gpu()
        assert found.state == state
        assert "UUID" not in found.says
