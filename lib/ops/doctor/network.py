"""The network as this machine sees it: interfaces, names, ports."""

from __future__ import annotations

import errno
import socket
from pathlib import Path

from lib.config.settings import PrimarySettings
from lib.core.tokens import can_be_guessed
from lib.files import read_text
from lib.ops.doctor.addresses import OwnAddress, advice, opens_to_internet, own_addresses
from lib.ops.doctor.result import CheckResult, Colour
from lib.wire.keys import exposed, keys_trouble
from lib.wire.ports import OPTIONAL, USUAL, opened_by, port_trouble

LEAST_MTU = 1500
# The share of a link's rate that frames can use; and the share of that from which on other traffic
# gets in the way.
USABLE, FULL = 0.9, 0.5


def interfaces(need_mbit: float, sysfs: Path = Path("/sys/class/net")) -> list[CheckResult]:
    """Each interface that is up; `need_mbit` is the rate of the frames in one direction."""
    lines = [
        _interface(path, need_mbit)
        for path in sorted(sysfs.iterdir())
        if path.name != "lo" and _read(path / "carrier") == "1" and _is_real(path)
    ]
    if lines:
        return lines
    says = (
        "no cable and no Wi-Fi is connected: only workers and screens on this machine can be used"
    )
    return [
        CheckResult("network", "yellow", says, "plug in the cable, if there are other machines")
    ]


def _is_real(path: Path) -> bool:
    """Whether an interface has a device: bridges, tunnels and containers' ends have none. If no
    interface has one, all count."""
    return (path / "device").exists() or not any(path.parent.glob("*/device"))


def _interface(path: Path, need_mbit: float) -> CheckResult:
    speed, mtu = _number(_read(path / "speed")), _number(_read(path / "mtu"))
    radio = (path / "wireless").exists() or (path / "phy80211").exists()
    half = _read(path / "duplex") == "half"
    rate = "Wi-Fi" if radio else f"{speed:.0f} Mbit/s" if speed > 0 else "of unknown speed"
    says = f"{rate}, MTU {mtu:.0f}; one worker that takes all frames needs {need_mbit:.0f} Mbit/s"
    colour: Colour = "green"
    to_do = ""
    if 0 < speed * USABLE < need_mbit:
        colour, to_do = "red", "a faster link, a smaller resolution or a lower quality"
    elif half:
        colour, to_do = "red", "half duplex: another cable or another port of the switch"
        says += ", half duplex"
    elif radio:
        colour, to_do = "yellow", "frames come late over Wi-Fi: use a cable"
    elif 0 < speed * USABLE * FULL < need_mbit:
        colour, to_do = "yellow", "a faster link: this one is more than half full"
    elif 0 < mtu < LEAST_MTU:
        # Where a tunnel or a provider needs it, a larger one cuts the machine off.
        to_do = (
            f"an MTU below {LEAST_MTU} costs some time. In a cloud or a VPN leave it as it is; on "
            "your own cable and switch set it back where it was lowered"
        )
    facts = {"mbit": speed, "mtu": mtu, "radio": radio, "need_mbit": round(need_mbit, 1)}
    return CheckResult(f"network {path.name}", colour, says, to_do, facts)


def _read(path: Path) -> str:
    try:
        return read_text(path, errors="replace").strip()
    except OSError:
        return ""


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def names(settings: PrimarySettings) -> list[CheckResult]:
    """Whether the names of this machine and of the primary host can be resolved here."""
    lines = []
    if settings.primary_hostname not in ("", "localhost"):
        lines.append(_name("PRIMARY_HOSTNAME", settings.primary_hostname, "red"))
    lines.append(_name("own name", socket.gethostname(), "yellow"))
    return lines


def _name(what: str, name: str, if_not: Colour) -> CheckResult:
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        to_do = f"add a line to /etc/hosts, such as: 192.168.1.10 {name}"
        return CheckResult(what, if_not, f"{name} cannot be resolved", to_do)
    addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
    says = f"{name} is {', '.join(addresses[:3])}"
    return CheckResult(what, "green", says, "", {"name": name, "addresses": addresses})


def ports(settings: PrimarySettings, ours: bool) -> list[CheckResult]:
    """Whether the ports are free, or held by the show that runs here; `ours`: that show answers."""
    lines = []
    for name in (*USUAL, *OPTIONAL):
        port = getattr(settings, name)
        if not port:
            continue
        bad: Colour = "red" if name in USUAL else "yellow"
        trouble = port_trouble(settings.bind, {name: port})
        if not trouble:
            # The show does not depend on the optional ones.
            colour: Colour = bad if ours else "green"
            says = "free" + (", but the running show should have it" if ours else "")
            to_do = "start app.py again with these settings" if ours else ""
            lines.append(CheckResult(f"port {port}", colour, f"{says} ({name})", to_do))
        elif ours and " is in use" in trouble:
            lines.append(CheckResult(f"port {port}", "green", f"used by the running show ({name})"))
        else:
            to_do = f"stop what uses it (sudo ss -ltnp 'sport = :{port}'), or choose another port"
            lines.append(CheckResult(f"port {port}", bad, trouble, to_do))
    opened = _open(settings, own_addresses())
    return [*lines, *_osc(settings, ours), *opened, *keys(settings)]


def _osc(settings: PrimarySettings, ours: bool) -> list[CheckResult]:
    if not settings.osc_port:
        return []
    family = socket.AF_INET6 if ":" in settings.osc_bind else socket.AF_INET
    what = f"port {settings.osc_port}/udp"
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((settings.osc_bind, settings.osc_port))
    except (OSError, UnicodeError) as error:
        if ours and getattr(error, "errno", 0) == errno.EADDRINUSE:
            return [CheckResult(what, "green", "used by the running show (osc_port)")]
        reason = getattr(error, "strerror", None) or str(error)
        says = f"OSC cannot be received at {settings.osc_bind}: {reason}"
        return [CheckResult(what, "yellow", says, "--osc_port chooses another, 0 is none")]
    return [] if ours else [CheckResult(what, "green", "free (osc_port)")]


def _open(settings: PrimarySettings, ours: list[OwnAddress]) -> list[CheckResult]:
    opens = opened_by(settings)
    if not opens:
        says = f"{settings.bind}: only this machine's own workers and pages"
        return [CheckResult("open to", "green", says)]
    if not settings.control_token:
        says = f"{opens} opens the control port to others, and there is no token"
        return [CheckResult("open to", "red", says, "automation/make-token.sh")]
    says = f"{settings.bind}; the control port asks for the token"
    world = opens_to_internet(settings.bind, ours)
    if world:
        where = " and ".join(f"{one.at.ip} on {one.interface}" for one in world)
        says = f"{settings.bind}, which includes {where}, an address of the internet"
        return [CheckResult("open to", "red", says, advice(ours)), *_short_tokens(settings)]
    return [CheckResult("open to", "green", says), *_short_tokens(settings)]


def _short_tokens(settings: PrimarySettings) -> list[CheckResult]:
    """Those that somebody may guess."""
    return [
        CheckResult(
            f"{scope} token",
            "yellow",
            f"has {len(token)} characters and can be guessed",
            f"automation/make-token.sh --new {scope}",
        )
        for scope in ("control", "guest", "worker")
        if (token := getattr(settings, f"{scope}_token")) and can_be_guessed(token)
    ]


def keys(settings: PrimarySettings) -> list[CheckResult]:
    """Whether jobs, results and feed need keys, and whether our own keys are there."""
    trouble = keys_trouble(settings.keys, "primary", "viewer")
    if trouble:
        return [CheckResult("keys", "red", trouble, "automation/make-keys.sh; docs/setup.md, Keys")]
    if open_to_all := exposed(settings):
        to_do = "nothing, in a network of your own; else docs/setup.md, Keys"
        return [CheckResult("keys", "yellow", open_to_all, to_do)]
    if not settings.keys:
        return []
    return [CheckResult("keys", "green", f"jobs, results and feed ask for keys of {settings.keys}")]
