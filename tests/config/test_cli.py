from pathlib import Path

import pytest

from lib.config.cli import load
from lib.config.settings import PrimarySettings


def test_a_line_of_env_that_is_none_is_left_out_and_said_in_our_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "env"
    path.write_text('FPS=8\nthis is = not a line "x\nMODE=pattern\n')
    monkeypatch.setenv("ENV_FILE", str(path))
    settings = load(PrimarySettings, "app.py", "a test", [])
    assert (settings.fps, settings.mode) == (8, "pattern")
    said = capsys.readouterr().err
    assert said == f"{path}, line 2: left out, since it is not NAME=value\n"
