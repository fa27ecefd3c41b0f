"""The table of processes agrees with the setting that chooses one, and with the usual ports."""

from __future__ import annotations

import subprocess
import sys
from typing import get_args

import pytest

from lib.config.adapter_settings import SINGLE
from lib.config.settings import ROOT, PrimarySettings
from lib.roles import EVERYTHING, ROLES, ports_of, role_named, started
from lib.wire.ports import OPTIONAL, UNUSUAL, USUAL


def test_the_setting_names_every_role_and_no_other() -> None:
    allowed = get_args(PrimarySettings.model_fields["role"].annotation)
    assert allowed == (EVERYTHING, *(role.name for role in ROLES), *SINGLE)
    names = [role.name for role in ROLES]
    assert [role_named(name).name for name in names] == names


def test_each_port_belongs_to_one_process() -> None:
    names = [name for role in ROLES for name in role.ports]
    assert sorted(names) == sorted([*USUAL, *OPTIONAL, *UNUSUAL])
    assert ports_of(PrimarySettings(_env_file=None), *ROLES) == USUAL | OPTIONAL
    needed = [role for role in ROLES if role.needed]
    assert ports_of(PrimarySettings(_env_file=None), *needed) == USUAL


@pytest.mark.parametrize("headless", [True, False])
def test_a_headless_host_starts_no_view(headless: bool) -> None:
    names = [role.name for role in started(PrimarySettings(_env_file=None, headless=headless))]
    view = [] if headless else ["view"]
    assert names == ["stream", "control", *view, "stills", "signals", "tunnel"]


@pytest.mark.parametrize("role", SINGLE)
def test_where_one_older_protocol_is_served_there_is_nothing_else(role: str) -> None:
    (stills,) = started(PrimarySettings(_env_file=None, role=role))
    assert (stills.name, stills.needed) == ("stills", True)


def test_a_host_does_without_stills_where_it_is_told() -> None:
    names = [role.name for role in started(PrimarySettings(_env_file=None, stills_port=0))]
    assert "stills" not in names and "tunnel" not in names


def test_a_host_does_without_signals_where_it_is_told() -> None:
    names = [role.name for role in started(PrimarySettings(_env_file=None, signals_port=0))]
    assert "signals" not in names and not role_named("signals").needed


def test_the_table_imports_no_room_that_a_process_may_not_need() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import lib.roles, sys; print(*sys.modules)"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert not {"cv2", "fastapi", "sdl2", "torch", "PIL", "httpx2", "httpcore2"} & set(
        done.stdout.split()
    )
