"""Which Python setup.sh takes, what it installs where there is none, when it renews .venv."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lib.config.settings import ROOT

TOO_OLD = "#!/bin/sh\nexit 1\n"  # what is_python asks of it ends so
GOOD = f'#!/bin/sh\nexec "{sys.executable}" "$@"\n'


def program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Only what the scripts source, and a folder for the programs that they find."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "requirements-light.txt").write_text("")
    shutil.copy(ROOT / "automation" / "setup.sh", tmp_path)
    return tmp_path


def shell(tree: Path, script: str, path: str = "") -> list[str]:
    done = subprocess.run(
        [
            "/bin/bash",
            "-c",
            f"set -euo pipefail; PROGRAM=x; source setup.sh; PATH={path}\n{script}",
        ],
        cwd=tree,
        env={"PATH": "/nowhere"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return [*done.stdout.splitlines(), *done.stderr.splitlines()]


def test_the_newest_that_is_new_enough_is_taken(tree: Path) -> None:
    program(tree / "bin/python3", TOO_OLD)
    program(tree / "bin/python3.13", TOO_OLD)
    for name in ("python3.11", "python3.12", "python3.14"):
        program(tree / "bin" / name, GOOD)
    assert shell(tree, 'find_python; echo "$PYTHON"', "bin") == ["python3.12"]


def test_where_python3_is_too_old_apt_is_asked_for_one_beside_it(tree: Path) -> None:
    program(tree / "bin/python3", TOO_OLD)
    program(tree / "good", GOOD)
    apt = 'apt_install() { echo "$1"; [[ $1 != python3.11-venv ]] || /bin/cp good bin/python3.11; }'
    said = shell(tree, f'{apt}\nneed_python; echo "$PYTHON"', "bin")
    assert said == ["python3-venv", "python3.11-venv", "python3.11"]
    (tree / "bin/python3.11").unlink()
    (said,) = shell(tree, "apt_install() { return 1; }; need_python", "bin")
    assert said.startswith("x: Python 3.11 or newer with venv is missing; do: sudo apt install")


@pytest.mark.parametrize(("venv", "made"), [(GOOD, []), (TOO_OLD, ["-m venv .venv"])])
def test_a_venv_of_an_older_python_is_made_anew(tree: Path, venv: str, made: list[str]) -> None:
    program(tree / ".venv/bin/python", venv)
    stand_ins = """
    need_codec() { :; }; install_packages() { :; }
    need_python() { PYTHON=stand_in; }
    stand_in() { if [[ $1 == -m ]]; then echo "$*"; mkdir -p "$3"; fi; }
    """
    said = shell(tree, f"{stand_ins}\nneed_packages requirements-light.txt", "/usr/bin:/bin")
    assert [line for line in said if not line.startswith("making")] == made


@pytest.mark.parametrize(
    ("has", "wants", "installs"),
    [
        ("requirements-dev", "requirements-light", False),
        ("requirements-light", "requirements-dev", True),
        ("requirements-light", "requirements-light", False),
    ],
)
def test_a_set_that_came_with_a_wider_one_is_not_installed_again(
    tree: Path, has: str, wants: str, installs: bool
) -> None:
    shutil.copy(ROOT / "requirements-dev.txt", tree)
    program(tree / ".venv/bin/python", GOOD)
    script = f"""
    need_codec() {{ :; }}; install_packages() {{ echo installs; }}
    digest=$(cat requirements* | sha256sum | cut -c1-16)
    : >.venv/.installed-{has}-$digest
    need_packages {wants}.txt
    """
    assert ("installs" in shell(tree, script, "/usr/bin:/bin")) == installs


def test_a_compiler_is_installed_only_where_none_takes_the_headers(tree: Path) -> None:
    """gcc without Python.h is as good as none; the real one is held to the same question in
    tests/ops/install."""
    program(tree / ".venv/bin/python", GOOD)
    program(tree / "bin/gcc", "#!/bin/sh\ntest -e headers\n")
    apt = 'apt_install() { echo "$@"; : >headers; }'
    version = ".".join(map(str, sys.version_info[:2]))
    assert shell(tree, f"{apt}\nneed_compiler", "bin") == [f"gcc libc6-dev python{version}-dev"]
    assert shell(tree, f"{apt}\nneed_compiler", "bin") == []
    (tree / "headers").unlink()
    (said,) = shell(tree, "apt_install() { return 1; }; need_compiler", "bin")
    assert "going on without torch.compile" in said and f"python{version}-dev" in said


def test_triton_comes_by_the_hashes_that_the_lock_for_cuda_holds(tree: Path) -> None:
    shutil.copy(ROOT / "requirements-cuda.lock", tree)
    shutil.copy(ROOT / "requirements-dev.txt", tree)
    (tree / ".venv").mkdir()
    stand_in = """
    pip_install() { echo "$*"; if [[ $* == *triton* ]]; then cat .venv/triton.lock; fi; }
    """
    path = "/usr/bin:/bin"
    said = shell(tree, f"{stand_in}\ninstall_packages requirements-dev.txt", path)
    assert said[:3] == [
        "--require-hashes --no-deps -r requirements-dev.lock",
        "--require-hashes --no-deps -r .venv/triton.lock",
        *(line for line in said if line.startswith("triton==3.7.1 ; ")),
    ]
    hashes = [line for line in said[3:] if line.startswith("    --hash=sha256:")]
    assert len(hashes) > 5
    assert said[3 + len(hashes)].startswith("torch==")
    said = shell(tree, f"{stand_in}\ninstall_packages requirements-light.txt", path)
    assert not any("triton" in line for line in said)
