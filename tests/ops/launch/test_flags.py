"""One command line, two programs."""

from __future__ import annotations

import pytest

from lib.config.settings import PrimarySettings, WorkerSettings
from lib.ops.launch.flags import read_flags


@pytest.fixture(autouse=True)
def no_settings_from_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENV_FILE", "/dev/null")
    for name in {*PrimarySettings.model_fields, *WorkerSettings.model_fields}:
        monkeypatch.delenv(name.upper(), raising=False)


def test_each_program_gets_what_it_knows() -> None:
    programs = read_flags(["--job_port", "6000", "--engine=identity", "--mode", "pattern"])
    assert "--job_port=6000" in programs.primary_flags
    assert "--job_port=6000" in programs.worker_flags
    assert "--mode=pattern" in programs.primary_flags
    assert not [flag for flag in programs.primary_flags if "engine" in flag]
    assert "--engine=identity" in programs.worker_flags
    assert not [flag for flag in programs.worker_flags if "mode" in flag]
    assert (programs.primary.job_port, programs.worker.job_port) == (6000, 6000)


def test_the_worker_beside_the_primary_is_made_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRIMARY_HOSTNAME", "another-machine")
    worker = read_flags(["--fps", "25", "--resolution", "1024x576"]).worker
    assert worker.primary_hostname == "127.0.0.1"
    assert (worker.target_fps, worker.warmup_shape) == (25, (1, 576, 1024, 3))
    told = read_flags(["--primary_hostname", "10.0.0.5", "--target_fps", "5"]).worker
    assert (told.primary_hostname, told.target_fps) == ("10.0.0.5", 5)
    assert read_flags(["--bind", "10.0.0.7"]).worker.primary_hostname == "10.0.0.7"
    assert read_flags(["--bind", "0.0.0.0"]).worker.primary_hostname == "127.0.0.1"


def test_it_starts_in_a_window_unless_told_otherwise() -> None:
    assert read_flags([]).primary.windowed
    assert not read_flags(["--windowed", "false"]).primary.windowed
    assert read_flags(["--headless"]).primary.headless
    assert read_flags([]).worker.engine == "auto"


def test_flags_survive_the_way_to_the_programs() -> None:
    odd = "a b/--ü='x' $HOME"
    programs = read_flags(["--directory", odd, "--worker_id", odd, "--debug"])
    assert f"--directory={odd}" in programs.primary_flags
    assert f"--worker_id={odd}" in programs.worker_flags
    assert "--debug=true" in programs.primary_flags
    assert programs.worker.debug


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--bogus"], "unrecognized arguments: --bogus"),
        (["--engine", "magic"], "engine must be"),
        (["--delay_ms", "-1"], "delay_ms must be greater than or equal to 0"),
        (["--resolution", "513"], "resolution must be like"),
    ],
)
def test_a_mistake_is_one_sentence(
    flags: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        read_flags(flags)
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert said.startswith("run.sh: ")
    assert sentence in said
    assert len(said.splitlines()) == 1
