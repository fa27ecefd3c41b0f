"""The scripts hold no logic: what they call is tested, and that they all call it alike."""

from __future__ import annotations

import pytest

from lib.config.settings import ROOT
from lib.ops.__main__ import COMMANDS
from tests.automation.conftest import Machines, called

FOLDER = ROOT / "automation"
THIN = sorted(
    one.name for one in FOLDER.glob("*.sh") if "call.sh" in one.read_text().split("\n", 1)[1]
)


@pytest.mark.parametrize("name", [name for name in THIN if name != "call.sh"])
def test_a_script_is_a_name_a_sentence_and_one_call(name: str) -> None:
    path = FOLDER / name
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    assert lines == [
        "set -euo pipefail",
        'source "$(dirname "${BASH_SOURCE[0]}")/call.sh"',
        f'call {" ".join(called(name))} "$@"',
    ]
    assert called(name)[0] in COMMANDS
    assert path.stat().st_mode & 0o111, "it cannot be started"


def test_every_command_has_its_script() -> None:
    inside = {"listen", "test"}  # called by other parts of ours
    assert {called(name)[0] for name in THIN if name != "call.sh"} == set(COMMANDS) - inside


def test_a_script_works_from_another_folder_and_says_how_it_is_used(machines: Machines) -> None:
    done = machines.shell("fleet.sh", "--help")
    assert done.returncode == 0 and "WORKER_MACHINES" in done.stdout
    assert machines.run("fleet.sh").returncode == 2
