"""One sentence about a port that cannot be had."""

from __future__ import annotations

import socket

from lib.config.settings import PrimarySettings
from lib.wire.ports import USUAL, local_name, only_here, port_trouble
from tests.ports import free_ports


def test_the_usual_ports_are_the_settings_own() -> None:
    assert {name: PrimarySettings.model_fields[name].default for name in USUAL} == USUAL


def test_free_ports_are_no_trouble() -> None:
    first, second = free_ports(2)
    assert port_trouble("127.0.0.1", {"job_port": first, "output_port": second}) is None
    assert port_trouble("0.0.0.0", {"job_port": first}) is None


def test_a_port_in_use_is_named_with_the_flag_that_changes_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        trouble = port_trouble("127.0.0.1", {"result_port": port})
    assert trouble == f"port {port} is in use by another program; --result_port chooses another"


def test_a_port_that_was_only_just_left_is_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            server.accept()[0].close()  # we hang up first: the port lingers in TIME_WAIT
    assert port_trouble("127.0.0.1", {"job_port": port}) is None


def test_the_same_port_twice_and_foreign_addresses() -> None:
    port = free_ports(1)[0]
    both = port_trouble("127.0.0.1", {"job_port": port, "output_port": port})
    assert both == f"--job_port and --output_port are both {port}; each needs a port of its own"
    for address in ("203.0.113.7", "no such host", "2001:db8::7"):
        trouble = port_trouble(address, {"job_port": port})
        assert trouble and "not an address of this machine" in trouble


def test_how_this_machine_reaches_itself() -> None:
    assert [local_name(a) for a in ("0.0.0.0", "::", "10.1.2.3")] == [
        "127.0.0.1",
        "::1",
        "10.1.2.3",
    ]


def test_what_only_this_machine_reaches() -> None:
    assert all(map(only_here, ("127.0.0.1", "127.8.8.8", "::1", "localhost")))
    others = ("0.0.0.0", "::", "*", "10.1.2.3", "example.org", "")
    assert not any(map(only_here, others))
