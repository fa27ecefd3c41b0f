"""The units as systemd's own tools judge them; nothing is ever started by a systemd here."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from lib.config.settings import PrimarySettings
from lib.ops.units.__main__ import main
from lib.ops.units.site import PROGRAMS, SHIPPED, SOURCE, Site, files
from tests.ops.units.text import read

needs_analyze = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed here"
)
# Known to no systemd before 250; Ubuntu 22.04 has 249, and each unknown key is a warning at boot.
TOO_NEW = {
    "RestartSteps", "RestartMaxDelaySec", "RestartMode", "MemoryZSwapMax", "ExitType", "OpenFile",
    "ImportCredential", "MemoryKSM", "PrivatePIDs", "ProtectHostnameEx", "SurviveFinalKillSignal",
    "UpheldBy", "RootEphemeral", "DelegateSubgroup", "CoredumpReceive", "StartupMemoryMax",
}  # fmt: skip
# What the table finds open and no line of ours could close, with the reason.
OPEN = {
    "RootDirectory=/RootImage=": "Not RootDirectory",
    "SupplementaryGroups=": "SupplementaryGroups=video render",
    "PrivateDevices=": "Not PrivateDevices",
    "DeviceAllow=": "Only these are open",
    "MemoryDenyWriteExecute=": "Not MemoryDenyWriteExecute",
    "RestrictAddressFamilies=~AF_NETLINK": "NETLINK is how",
    "RestrictAddressFamilies=~AF_UNIX": "RestrictAddressFamilies=AF_UNIX",
    "RestrictAddressFamilies=~AF_(INET|INET6)": "Not PrivateNetwork nor IPAddressDeny",
    "PrivateNetwork=": "Not PrivateNetwork",
    "IPAddressDeny=": "IPAddressDeny",
    "ProtectHome=": "read-only, not yes",
    "ProcSubset=": "Not ProcSubset",
    "PrivateUsers=": "Not PrivateUsers",
    "RemoveIPC=": "Not RemoveIPC",
    "SystemCallFilter=~@resources": "Not without @resources",
}


def analyze(*words: str, cwd: Path = SOURCE) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", "--no-pager", *words],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
        env=os.environ | {"LC_ALL": "C.UTF-8", "SYSTEMD_LOG_COLOR": "0"},
    )


@needs_analyze
def test_verify_prints_nothing_about_what_is_shipped() -> None:
    done = analyze("verify", *SHIPPED)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


@needs_analyze
@pytest.mark.parametrize("root", ["/opt/afterimage", "/home/an artist/100% show"])
def test_verify_prints_nothing_about_what_is_installed(root: str, tmp_path: Path) -> None:
    for name, one in files(Site("artist", root)).items():
        path = tmp_path / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(one.text, "utf-8")
    units = tmp_path / "etc/systemd/system"
    done = analyze("verify", *SHIPPED, cwd=units)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
    drop_in = units / "afterimage-primary.service.d" / "10-site.conf"
    drop_in.write_text(drop_in.read_text("utf-8") + "Nonsense=1\n", "utf-8")
    assert "Nonsense" in analyze("verify", *SHIPPED, cwd=units).stderr, "it does read the drop-ins"


@needs_analyze
@pytest.mark.parametrize("name", PROGRAMS)
def test_little_is_exposed_and_each_exception_has_its_reason(name: str) -> None:
    done = analyze("security", "--offline=true", name)
    if "unrecognized option" in done.stderr:
        pytest.skip("systemd before 250 judges no files")
    exposure = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert exposure, done.stdout + done.stderr
    assert float(exposure[1]) <= 3.0
    found = {line.split()[1] for line in done.stdout.splitlines() if line.startswith("✗")}
    assert found
    text = (SOURCE / name).read_text("utf-8")
    for what in found:
        assert OPEN[what] in text, f"{what} is open, and {name} does not say why"


@pytest.mark.parametrize("name", PROGRAMS)
def test_it_comes_back_for_ever_and_ends_in_time(name: str) -> None:
    unit = read(name)
    assert unit.one("Type") == "notify"
    assert unit.one("Restart") == "always"
    assert ("Unit", "StartLimitIntervalSec", "0") in unit.settings
    assert int(unit.one("TimeoutStopSec")) <= 5
    assert unit.one("User") != "root"
    assert unit.one("NoNewPrivileges") == "yes"
    assert int(unit.one("LogRateLimitBurst")) <= 2000
    assert not any("sleep" in value for _, _, value in unit.settings), "no fixed waits"
    assert not any(value.startswith(("+", "!")) for _, key, value in unit.settings if "Exec" in key)
    assert unit.one("PartOf") == unit.one("WantedBy") == "afterimage.target"


def test_a_hang_is_found_inside_before_the_watchdog_ends_all() -> None:
    hang_s = float(PrimarySettings.model_fields["hang_s"].default)
    for name in (PROGRAMS[0], PROGRAMS[2]):
        assert int(read(name).one("WatchdogSec")) > hang_s + 5


@pytest.mark.parametrize("name", SHIPPED)
def test_old_versions_know_every_key(name: str) -> None:
    assert not {key for _, key, _ in read(name).settings} & TOO_NEW


def test_a_worker_has_its_gpu_and_a_view_its_screen() -> None:
    words = read("afterimage-worker@.service").words("Environment", "3")
    assert "CUDA_VISIBLE_DEVICES=3" in words
    assert "AFTERIMAGE_INSTANCE=3" in words
    assert "--monitor=3" in read("afterimage-view@.service").words("ExecStart", "3")


def test_a_user_that_does_not_exist_is_said_before_anything_is_written(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--user", "nobodyx", "--dry-run"]) == 1
    said = capsys.readouterr()
    assert said.out == "" and "there is no user 'nobodyx' here" in said.err
