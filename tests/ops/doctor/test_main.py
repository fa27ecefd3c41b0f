"""app.py --doctor as it is started, and how it judges a show that runs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from lib.config.settings import ROOT, PrimarySettings
from lib.ops.doctor import main, running, trial
from lib.ops.doctor.running import RunningShow
from tests import rig

STREAM: dict[str, Any] = {
    "uptime_s": 7300.0,
    "fps_in": 30.0,
    "fps_out": 29.9,
    "latency_ms": [80.0, 90.0, 99.0],
    "source": "camera C920, 1280x720 MJPEG",
    "size": "1024x576",
    "paused": False,
    "ladder": {"capture": [1.0, 2.0, 3.0], "engine": [40.0, 41.0, 42.0]},
    "drops": {"thinned": 3, "late": 0},
    "stages": {"publish": {"counts": {"out": 1000}}},
    "workers": [],
}
WORKER: dict[str, Any] = {
    "name": "left\x1b[2J",
    "address": "10.0.0.7:4711",
    "state": "active",
    "service_ms": 50.0,
    "fps": 20.0,
    "share": 0.6,
    "timings": {"decode": 1.0, "engine": 40.0},
    "engine": "turbo",
    "device": "RTX 4090",
}


def show(warnings: tuple[str, ...] = (), **changes: object) -> RunningShow:
    return RunningShow({"warnings": list(warnings), "stream": {**STREAM, **changes}})


def flags(settings: PrimarySettings) -> list[str]:
    names = ("job_port", "result_port", "output_port", "settings_port", "osc_port")
    return [f"--{name}={getattr(settings, name)}" for name in names]


def doctor(*more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "app.py", "--doctor", *more],
        cwd=ROOT,
        env={**os.environ, "ENV_FILE": os.devnull},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_it_says_what_is_missing_and_what_to_do() -> None:
    done = doctor("--json", "--headless", *flags(rig.primary()))
    told = json.loads(done.stdout)
    lines = {one["what"]: one for one in told["lines"]}
    assert lines["workers"]["colour"] == "red" and "transform.py" in lines["workers"]["to_do"]
    assert {"Python", "processor", "clock", "source", "display", "open to"} <= lines.keys()
    assert all(one["to_do"] for one in told["lines"] if one["colour"] == "red")
    assert (done.returncode, done.stderr, told["verdict"]) == (1, "", "red")


def test_a_mistake_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(trial, "COME_S", 0.1)
    env = tmp_path / "env"
    monkeypatch.setenv("ENV_FILE", str(env))
    env.write_text("WARMUP=nonsense\nWORKER_MACHINES=a@@b\n")
    with pytest.raises(SystemExit) as ended:
        main.main(["--doctor", "--fps", "5001"])
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert said == "app.py --doctor: fps must be less than or equal to 5000, not '5001'\n"
    assert main.main(["--doctor", "--headless", *flags(rig.primary())]) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert "settings of worker red warmup must be like" in said
    assert "'a@@b' is no machine" in said


def test_the_exit_code_is_the_worst_colour(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ENV_FILE", os.devnull)
    for colour, code in (("green", 0), ("yellow", 0), ("red", 1)):
        monkeypatch.setattr(
            main, "examine", lambda _, c=colour: [main.CheckResult("x", c, "y", "z")]
        )
        assert main.main(["--doctor"]) == code
        assert f"x  {colour:<6}  y" in capsys.readouterr().out


def test_a_show_is_judged_by_what_it_shows() -> None:
    settings = rig.primary(fps=30)
    first, *rest = running.about(show(), settings)
    assert (
        first.colour == "green" and "has run for 2 h" in first.says and "29.9 shown" in first.says
    )
    assert [one.what for one in rest] == ["time goes to", "not shown"]
    for changes, colour in (
        ({"fps_out": 0.0}, "red"),
        ({"fps_out": 20.0}, "yellow"),
        ({"fps_in": 15.0, "fps_out": 15.0}, "yellow"),
        ({"latency_ms": [1500.0, 1600.0, 1700.0]}, "yellow"),
        ({"fps_out": 2.0, "paused": True}, "green"),
        ({"latency_ms": None, "ladder": {}}, "green"),
    ):
        assert running.about(show(**changes), settings)[0].colour == colour, changes
    warned = running.about(show(("no worker is connected",)), settings)[-1]
    assert (warned.what, warned.colour) == ("warning", "yellow")


def test_a_show_that_lets_nobody_in_or_is_silent_is_red() -> None:
    settings = rig.primary()
    (line,) = running.about(RunningShow({}, "it has another token"), settings)
    assert line.colour == "red" and "CONTROL_TOKEN" in line.to_do
    (line,) = running.about(
        RunningShow({"warnings": ["the stream is silent"], "stream": None}), settings
    )
    assert line.colour == "red" and "journalctl" in line.to_do
    assert running.running_show(settings) is None  # nobody answers there


def test_workers_of_a_show() -> None:
    settings = rig.primary()
    (line,) = running.workers(show(), settings)
    assert line.colour == "red" and "a token is needed" in line.to_do
    silent = {**WORKER, "service_ms": None, "state": "probation"}
    slow = {**WORKER, "state": "probation"}
    good, bad, worse, links = running.workers(show(workers=[WORKER, slow, silent]), settings)
    assert (good.colour, bad.colour, worse.colour, links.colour) == ("green", "red", "red", "grey")
    assert "\x1b" not in good.what
    assert "network and queue 9.0" in good.says and "turbo on RTX 4090" in good.says
    waits = running.workers(show(workers=[silent], paused=True), settings)[0]
    assert waits.colour == "yellow"


def test_the_limit_of_the_trial_holds_whatever_it_takes() -> None:
    assert trial.LIMIT_S > trial.COME_S + trial.ALL_S + 2 * trial.FRAME_S - 10


def test_ctrl_c_ends_it_without_a_word() -> None:
    asked = [sys.executable, "app.py", "--doctor", "--headless", *flags(rig.primary())]
    process = subprocess.Popen(
        asked, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    time.sleep(1.5)  # it waits for workers; on a slow machine it is still being imported
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=10)
    assert (process.returncode, out, err) == (130, "", "")
