from __future__ import annotations

import pytest

from lib.config.cli import parser_for
from lib.config.settings import PrimarySettings, WorkerSettings
from lib.config.still_settings import MACHINE_SIDES


@pytest.mark.parametrize(
    ("name", "side"),
    [("big", 1024), ("Medium ", 512), ("little", 384), ("tiny", 256), ("baby", 256), ("huge", 384)],
)
def test_a_machines_size_decides_a_stills(name: str, side: int) -> None:
    for kind in (PrimarySettings, WorkerSettings):
        settings = kind(_env_file=None, machine_size=name)
        assert settings.still_side == side == MACHINE_SIDES[settings.machine]


def test_an_unknown_size_is_said_and_no_reason_not_to_start() -> None:
    said = PrimarySettings(_env_file=None, machine_size="huge").machine_size_trouble
    assert said == "MACHINE_SIZE 'huge' counts as little: it may be big, medium, little, tiny"
    assert PrimarySettings(_env_file=None, machine_size="BABY").machine_size_trouble is None


def test_a_workers_role_is_role_as_a_flag_and_worker_role_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parser = parser_for(WorkerSettings, "transform.py", "")
    assert vars(parser.parse_args(["--role", "stills"])) == {"worker_role": "stills"}
    assert vars(parser.parse_args(["--worker_role=live"])) == {"worker_role": "live"}
    monkeypatch.setenv("WORKER_ROLE", "stills")
    monkeypatch.setenv("ROLE", "view")  # app.py's, in the same .env
    assert WorkerSettings(_env_file=None).worker_role == "stills"
