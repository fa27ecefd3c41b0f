"""How machines are written down."""

from __future__ import annotations

import pytest

from lib.config.settings import FleetSettings
from lib.ops.fleet.machines import (
    Machine,
    MachineError,
    chosen,
    others,
    parse_machine,
    parse_machines,
)


@pytest.mark.parametrize(
    ("text", "user", "host", "port"),
    [
        ("gpu1", "", "gpu1", 0),
        ("show@gpu-1.local", "show", "gpu-1.local", 0),
        ("show@10.0.0.7:2222", "show", "10.0.0.7", 2222),
        ("show@[fe80::1%eth0]:22", "show", "fe80::1%eth0", 22),
    ],
)
def test_a_machine_is_read_as_it_is_written(text: str, user: str, host: str, port: int) -> None:
    assert parse_machine(text) == Machine(text, host, user, port)


@pytest.mark.parametrize(
    "text",
    [
        "-oProxyCommand=id",
        "a b",
        "x@-y",
        "a;b",
        "a:0",
        "a:65536",
        "a:",
        "@a",
        "$(id)",
        "'a'",
        "a@b@c",
    ],
)
def test_what_ssh_or_a_shell_would_take_for_something_else_is_refused(text: str) -> None:
    with pytest.raises(MachineError, match="write user@host or user@host:port"):
        parse_machine(text)


def test_spaces_and_commas_and_repeats() -> None:
    found = parse_machines(" show@a, show@b:22\nshow@a ,,c\t")
    assert [one.name for one in found] == ["show@a", "show@b:22", "c"]
    assert parse_machines("") == []


def test_machines_are_named_by_what_is_written_or_by_host() -> None:
    settings = FleetSettings(
        _env_file=None, worker_machines="show@a show@b:22", other_machine="b show@a"
    )
    assert [one.host for one in chosen(settings, ["b", "show@a", "a"])] == ["b", "a"]
    with pytest.raises(MachineError, match="'c' is not in WORKER_MACHINES, which has: show@a"):
        chosen(settings, ["c"])
    assert [one.name for one in others(settings)] == ["b", "show@a"][:1]
