"""The page about a site: from a real show for a moment, and its judgement from figures."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest

from bench.charts import Curve, Panel, bars, lines, stack
from bench.pictures import fill
from bench.show import Show
from bench.site import __main__ as site
from bench.site.page import page, told
from bench.site.progress import Progress
from bench.site.verdict import Measured, Sample, Seen, judge
from lib.config.settings import ROOT
from lib.ops.doctor.result import CheckResult
from tests import rig
from tests.ports import free_ports

TOKEN = "a-token-that-nobody-may-read"


def stream(captured: int, uptime_s: float, late: int = 0) -> dict[str, Any]:
    worker = {
        "name": "<b>one",
        "address": "10.0.0.7:1",
        "engine": "turbo",
        "device": "",
        "fps": 30.0,
        "share": 1.0,
        "service_ms": 20.0,
        "timings": {"encode": 1.0, "engine": 15.0, "decode": 1.0},
        "lost": late,
    }
    return {
        "uptime_s": uptime_s,
        "stages": {"capture": {"counts": {"out": captured}}},
        "drops": {"thinned": 0, "late": late},
        "ladder": {"capture": [1.0, 2.0, 3.0], "engine": [15.0, 16.0, 17.0]},
        "workers": [worker],
        "warnings": [f"{late} % come too late to be shown"] if late else [],
        "fps_in": 30.0,
        "params": {"prompt": "<script>", "seed": 1},
        "source": "a drawn scene",
    }


def pictures(gaps_ms: list[float]) -> list[Seen]:
    times_ms = accumulate(gaps_ms, initial=7000.0)
    return [Seen(at_ms / 1000, 80.0, index, 50_000) for index, at_ms in enumerate(times_ms)]


EVEN = pictures([33.3] * 299)
STEADY = [Sample(0, stream(100, 5), 55.0), Sample(10, stream(400, 15), 61.0)]


def measured(
    seen: list[Seen] = EVEN, series: list[Sample] = STEADY, about: Sequence[CheckResult] = ()
) -> Measured:
    return Measured(30.0, 10.0, seen, series, list(about))


def fails(seen: Measured) -> list[str]:
    return [one.what for one in judge(seen).checks if not one.good]


def test_what_keeps_its_rate_is_said_to() -> None:
    verdict = judge(measured())
    assert verdict.good and verdict.says == "This installation keeps 30 frames a second."


def test_a_show_whose_engine_was_bypassed_was_not_measured() -> None:
    raw = [
        Sample(one.at_s, {**one.stream, "params": {"passthrough": True}}, None) for one in STEADY
    ]
    verdict = judge(measured(series=[STEADY[0], raw[1]]))
    assert not verdict.good and verdict.says == "Not measured: the raw source was on the wall."
    assert fails(measured(series=raw)) == ["pictures are made"]


def test_each_fault_is_named() -> None:
    late = [Sample(0, stream(100, 5), None), Sample(10, stream(400, 15, late=20), None)]
    anew = [*late[:1], Sample(5, stream(250, 10), None), Sample(10, stream(120, 4), None)]
    hot = [CheckResult("GPU 0", "red", "", "", {"slowed": True})]
    assert fails(measured(EVEN[:290])) == ["rate"]
    assert fails(measured(series=late)) == ["nothing left out"]
    assert fails(measured(pictures([33.3] * 280 + [70.0] * 19))) == ["even cadence"]
    assert fails(measured(pictures([33.3] * 298 + [600.0]))) == ["no standstill"]
    assert fails(measured([*EVEN[:-1], EVEN[-1]._replace(number=0)])) == ["in order"]
    assert fails(measured(series=anew)) == ["no process replaced"]
    assert measured(series=anew).fps_in == 30
    assert fails(measured(about=hot)) == ["cool enough"]
    slow = [Sample(0, stream(100, 5), None), Sample(10, stream(250, 15), None)]
    found = judge(measured(EVEN[::2], series=slow))
    assert not found.good and "the source gives 15.00" in found.checks[1].says
    assert fails(measured([]))  # nothing came at all


def test_the_page_holds_no_secret_and_nothing_that_runs() -> None:
    settings = rig.primary(
        control_token=TOKEN,
        openai_api_key="sk-secret",
        translation_key="lt-secret",
        camera="rtsp://me:camsecret@10.0.0.9/live",
        openai_base_url="https://me:urlsecret@judge.example/v1",
    )
    seen = measured()
    text = page(seen, judge(seen), settings)
    for secret in (TOKEN, "sk-secret", "lt-secret", "camsecret", "urlsecret"):
        assert secret not in text
    assert "judge.example" in text and "10.0.0.9" in told(settings)["camera"]
    assert "<script>" not in text and "<b>one" not in text
    assert "decode 1.0, engine 15.0, encode 1.0" in text  # in the order of the way
    assert "55 to 61 °C" in text


def test_charts_stand_whatever_there_is_to_draw() -> None:
    assert "not known" in lines(Panel("fps", [Curve("a", [], [])]))
    assert "not known" in bars([], ("33 ms", 33.3), "ms")
    assert "not known" in stack({})
    for svg in (lines(Panel("fps", [Curve("a", [0], [0])])), bars([1e9], ("33", 33.3), "ms")):
        assert "nan" not in svg and "inf" not in svg


# --- a real show


@pytest.fixture(scope="module")
def show(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Show]:
    pictures = tmp_path_factory.mktemp("pictures")
    fill(pictures, 2)
    flags = ("--control_token", TOKEN, "--resolution", "128")
    with Show(pictures, 20, ["--worker_id the-one --delay_ms 5"], *flags) as show:
        show.settle(0.8)
        yield show


def flags_of(show: Show) -> list[str]:
    return [f"--{name}={port}" for name, port in show.ports.items()] + ["--fps=20"]


def test_the_doctor_asks_a_show_that_runs(show: Show) -> None:
    def doctor(token: str) -> list[dict[str, Any]]:
        flags = [
            "--headless",
            "--osc_port=0",
            "--stills_port=0",
            "--signals_port=0",
            f"--control_token={token}",
            *flags_of(show),
        ]
        done = subprocess.run(
            [sys.executable, "app.py", "--doctor", "--json", *flags],
            cwd=ROOT,
            env={**os.environ, "ENV_FILE": os.devnull},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.stderr == ""
        return list(json.loads(done.stdout)["lines"])

    lines_: dict[str, Any] = {}

    def answered() -> bool:
        lines_.update({one["what"]: one for one in doctor(TOKEN)})
        return "show" in lines_

    assert rig.until(answered)
    assert lines_["show"]["facts"]["fps_out"] > 5, lines_["show"]
    assert lines_["worker the-one"]["facts"]["service_ms"] >= 5
    held = [one for what, one in lines_.items() if what.startswith("port ")]
    assert len(held) == 4
    assert all("used by the running show" in one["says"] for one in held), held
    shut_out = next(one for one in doctor("another") if one["what"] == "show")
    assert shut_out["colour"] == "red" and "its token is not" in shut_out["says"]


def test_a_page_about_a_show_that_runs(
    show: Show,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("ENV_FILE", os.devnull)
    out = tmp_path / "page.html"
    asked = ["--seconds", "1.5", "--out", str(out), f"--control_token={TOKEN}", *flags_of(show)]
    code = site.main(asked)
    said = capsys.readouterr().out
    text = out.read_text("utf-8")
    assert ("keeps 20 frames" in said) == (code == 0)
    shown = re.search(r"<b>([\d.]+)</b>shown a second", text)
    assert shown is not None and 5 < float(shown[1]) < 30
    assert "the-one" in text and TOKEN not in text


def test_what_can_not_be_measured_is_one_sentence(
    show: Show, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ENV_FILE", os.devnull)
    assert site.main(["--seconds", "1", *flags_of(show)]) == 1
    assert "its token is not" in capsys.readouterr().err
    taken = [f"--job_port={show.ports['job_port']}", "--settings_port=1"]
    assert site.main(["--seconds", "1", *taken]) == 1
    said = capsys.readouterr().err
    assert "none can be started" in said and len(said.splitlines()) == 2  # the first: progress


def test_it_stops_early_where_no_worker_is(
    show: Show, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same show as one sees it whose feed is silent, and whose status has no worker."""
    monkeypatch.setenv("ENV_FILE", os.devnull)
    monkeypatch.setattr(site, "RUNS_S", 0.6)
    alone = {"workers": [], "warnings": ["no worker is connected"]}
    monkeypatch.setattr(site, "_stream", lambda _: alone)
    flags = [f"--control_token={TOKEN}", *flags_of(show), f"--output_port={free_ports(1)[0]}"]
    began_s = time.monotonic()
    assert site.main(["--seconds", "60", *flags]) == 1
    assert time.monotonic() - began_s < 8, "it is known after seconds"
    said = capsys.readouterr().err
    assert "waiting for a picture" not in said.splitlines()[-1]
    assert said.splitlines()[-1].endswith("s: no worker is connected")


def test_progress_is_one_line_on_a_terminal_and_seldom_elsewhere() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen, log = Terminal(), io.StringIO()
    for out in (screen, log):
        progress = Progress(out)
        for second in range(5):
            progress.tell(f"measuring, {second} of 60 s")
        progress.end()
    assert screen.getvalue().count("measuring") == 5 and "\n" not in screen.getvalue()
    assert log.getvalue() == "measuring, 0 of 60 s\n"
