"""Interfaces, names and ports."""

from __future__ import annotations

import socket
from ipaddress import IPv4Interface
from pathlib import Path

import pytest

from lib.config.settings import ROOT
from lib.ops.doctor import network
from lib.ops.doctor.addresses import OwnAddress, own_addresses
from lib.ops.doctor.result import CheckResult
from tests import rig
from tests.ports import free_ports
from tests.wire import locks


def card(sysfs: Path, name: str, **facts: str) -> None:
    folder = sysfs / name
    (folder / "device").mkdir(parents=True)
    plain = {"carrier": "1", "speed": "1000", "mtu": "1500", "duplex": "full"}
    for key, value in (plain | facts).items():
        (folder / key).write_text(f"{value}\n")


@pytest.mark.parametrize(
    ("facts", "need", "colour", "to_do"),
    [
        ({}, 30, "green", ""),
        ({"speed": "100"}, 30, "green", ""),
        ({"speed": "100"}, 60, "yellow", "more than half full"),
        ({"speed": "100"}, 120, "red", "faster link"),
        ({"duplex": "half"}, 30, "red", "half duplex"),
        ({"mtu": "1400"}, 30, "green", "In a cloud or a VPN leave it as it is"),
        ({"speed": "-1"}, 30, "green", ""),
    ],
)
def test_a_link_that_is_too_slow_is_said(
    facts: dict[str, str], need: float, colour: str, to_do: str, tmp_path: Path
) -> None:
    card(tmp_path, "eno1", **facts)
    (line,) = network.interfaces(need, tmp_path)
    assert line.what == "network eno1"
    assert line.colour == colour, line
    assert to_do in line.to_do


def test_radio_is_yellow_and_no_link_at_all_too(tmp_path: Path) -> None:
    card(tmp_path, "wlan0")
    (tmp_path / "wlan0" / "wireless").mkdir()
    card(tmp_path, "eno1", carrier="0")
    (tmp_path / "docker0").mkdir()
    (tmp_path / "docker0" / "carrier").write_text("1")  # a bridge, which has no device
    (line,) = network.interfaces(30, tmp_path)
    assert (line.what, line.colour) == ("network wlan0", "yellow")
    (line,) = network.interfaces(30, tmp_path / "eno1")
    assert line.colour == "yellow" and "no cable" in line.says


def test_names() -> None:
    lines = network.names(rig.primary(primary_hostname="no-such-host.invalid"))
    assert lines[0].colour == "red"
    assert "/etc/hosts" in lines[0].to_do
    lines = network.names(rig.primary(primary_hostname="127.0.0.1"))
    assert lines[0].colour == "green"
    assert [one.what for one in network.names(rig.primary())] == ["own name"]


def of(lines: list[CheckResult], what: str) -> CheckResult:
    return next(one for one in lines if one.what == what)


def test_a_port_is_free_held_by_another_or_by_our_own_show() -> None:
    settings = rig.primary()
    assert {one.colour for one in network.ports(settings, ours=False)} == {"green"}
    what = f"port {settings.job_port}"
    with socket.create_server(("127.0.0.1", settings.job_port)):
        line = of(network.ports(settings, ours=False), what)
        assert line.colour == "red" and "another program" in line.says and "ss -ltnp" in line.to_do
        assert of(network.ports(settings, ours=True), what).colour == "green"
    # A show runs, and yet nobody listens for workers.
    assert of(network.ports(settings, ours=True), what).colour == "red"


def test_the_show_does_not_depend_on_the_port_of_stills() -> None:
    settings = rig.primary(stills_port=free_ports(1)[0])
    what = f"port {settings.stills_port}"
    assert of(network.ports(settings, ours=False), what).colour == "green"
    assert of(network.ports(settings, ours=True), what).colour == "yellow"
    with socket.create_server(("127.0.0.1", settings.stills_port)):
        assert of(network.ports(settings, ours=False), what).colour == "yellow"
    without = network.ports(rig.primary(stills_port=0), ours=False)
    assert "port 0" not in [one.what for one in without]


def test_the_port_of_osc() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        settings = rig.primary(osc_port=port)
        assert of(network.ports(settings, ours=False), f"port {port}/udp").colour == "yellow"
        assert of(network.ports(settings, ours=True), f"port {port}/udp").colour == "green"
    assert of(network.ports(settings, ours=False), f"port {port}/udp").colour == "green"


def test_an_open_control_port_needs_a_token() -> None:
    line = of(network.ports(rig.primary(bind="0.0.0.0"), ours=False), "open to")
    assert line.colour == "red" and "make-token.sh" in line.to_do
    settings = rig.primary(bind="0.0.0.0", control_token="a-token")
    assert of(network.ports(settings, ours=False), "open to").colour == "green"
    (line,) = [one for one in network.ports(settings, ours=False) if "token" in one.what]
    assert (line.what, line.colour) == ("control token", "yellow")
    assert "7 characters" in line.says and line.to_do.endswith("make-token.sh --new control")
    long = rig.primary(bind="0.0.0.0", control_token="a-token" * 4, guest_token="g" * 22)
    assert not [one for one in network.ports(long, ours=False) if "token" in one.what]
    behind = rig.primary(trusted_proxy="127.0.0.1")
    assert of(network.ports(behind, ours=False), "open to").colour == "red"
    lines = network.ports(rig.primary(bind="203.0.113.7"), ours=False)
    assert "not an address of this machine" in lines[0].says


def test_keys_that_are_there_missing_or_not_wanted(tmp_path: Path) -> None:
    assert network.keys(rig.primary()) == []
    (line,) = network.keys(rig.primary(bind="0.0.0.0"))
    assert line.colour == "yellow" and "without keys" in line.says
    (line,) = network.keys(rig.primary(keys=str(tmp_path / "none")))
    assert line.colour == "red" and "make-keys.sh" in line.to_do
    (line,) = network.keys(rig.primary(keys=str(locks.keys(tmp_path))))
    assert line.colour == "green"


HOME = OwnAddress("eth1", IPv4Interface("192.168.1.10/24"), is_card=True)
VPN = OwnAddress("wg0", IPv4Interface("10.8.0.2/24"), is_card=False)
WORLD = OwnAddress("eth0", IPv4Interface("8.8.4.4/24"), is_card=True)


@pytest.mark.parametrize(
    ("ours", "colour", "to_do"),
    [
        ([HOME], "green", ""),
        ([VPN, HOME], "green", ""),
        (
            [WORLD, VPN, HOME],
            "red",
            "--bind 192.168.1.10 listens on eth1 alone, for 192.168.1.0/24",
        ),
        ([WORLD, VPN], "red", "--bind 10.8.0.2 listens on wg0 alone, for 10.8.0.0/24"),
        ([WORLD], "red", "through a VPN"),
    ],
)
def test_a_show_that_listens_to_the_internet_is_told_where_to_listen(
    ours: list[OwnAddress], colour: str, to_do: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "own_addresses", lambda: ours)
    settings = rig.primary(bind="0.0.0.0", control_token="a" * 32)
    line = of(network.ports(settings, ours=True), "open to")
    assert (line.colour, line.to_do) == (colour, to_do) or (to_do and to_do in line.to_do), line
    home = rig.primary(bind="192.168.1.10", control_token="a" * 32)
    assert of(network.ports(home, ours=True), "open to").colour == "green"


def test_no_advice_opens_more_than_ones_own_network() -> None:
    """Neither on a VPN nor in a cloud may a line be followed that cuts off or lets everybody in."""
    for path in (ROOT / "lib/ops/doctor").glob("*.py"):
        text = path.read_text("utf-8")
        assert "--bind 0.0.0.0" not in text and "BIND=0.0.0.0" not in text, path
        assert "ip link set" not in text, path


def test_the_addresses_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for one in own_addresses():
        assert not one.at.ip.is_loopback and one.at.network.prefixlen > 0
        assert str(one).startswith(str(one.at.ip))
    asked = [(1, "lo"), (2, "no such one")]
    monkeypatch.setattr(socket, "if_nameindex", lambda: asked)
    assert own_addresses() == []
