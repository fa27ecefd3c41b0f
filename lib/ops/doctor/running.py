"""Asks a show that runs on this machine for its status, over HTTP with the token.

It uses urllib, because the doctor must also work if a package is missing.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any, NamedTuple

from lib.config.settings import PrimarySettings
from lib.core.plain import span
from lib.ops.doctor.addresses import advice, own_addresses
from lib.ops.doctor.result import CheckResult, Colour, named
from lib.wire.ports import local_name

ANSWER_S = 3.0
MOST_BYTES = 4 * 1024 * 1024
ENOUGH = 0.95  # a show is well with this share of the wanted frames
SLOW_MS = 1000
WARNINGS_PAGE = "docs/warnings.md says what to do"


class RunningShow(NamedTuple):
    """A show that answers; `status` is empty if it refuses us."""

    status: Mapping[str, Any]
    trouble: str = ""


def running_show(settings: PrimarySettings) -> RunningShow | None:
    """None: no show of ours holds the control port."""
    code, health = _get(settings, "/healthz")
    if not isinstance(health, dict) or not ({"status", "detail"} & health.keys()):
        return None
    if code not in (200, 503):
        return None
    code, status = _get(settings, "/status")
    if code == 200 and isinstance(status, dict) and "control_uptime_s" in status:
        return RunningShow(status)
    if code == 401:
        return RunningShow({}, "its token is not the one that is set here")
    return RunningShow({}, f"it gives no status (HTTP {code})")


def _get(settings: PrimarySettings, path: str, port: int = 0) -> tuple[int, object]:
    host = local_name(settings.bind)
    host = f"[{host}]" if ":" in host else host
    request = urllib.request.Request(f"http://{host}:{port or settings.settings_port}{path}")
    if settings.control_token:
        request.add_header("Authorization", f"Bearer {settings.control_token}")
    # Never by a proxy, since this is about this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=ANSWER_S) as answer:
            return answer.status, json.loads(answer.read(MOST_BYTES))
    except urllib.error.HTTPError as refusal:
        with refusal:
            try:
                return refusal.code, json.loads(refusal.read(MOST_BYTES))
            except (OSError, ValueError):
                return refusal.code, None
    except (OSError, ValueError, UnicodeError):
        return 0, None


def about(running: RunningShow, settings: PrimarySettings) -> list[CheckResult]:
    """The show as a whole: rate, latency, where the time goes, its own warnings."""
    if running.trouble:
        to_do = "put its CONTROL_TOKEN into .env, or restart it: automation/make-token.sh shows it"
        return [CheckResult("show", "red", f"runs, but {running.trouble}", to_do)]
    stream = running.status.get("stream")
    warnings = [str(one) for one in running.status.get("warnings", [])]
    if not isinstance(stream, dict):
        silent = f"runs, but its stream is silent: {'; '.join(warnings)}"
        return [
            CheckResult("show", "red", silent, "look at its log: journalctl -u afterimage-primary")
        ]
    lines = [*_wall(running.status), _rate(stream, settings), *_ladder(stream), *_drops(stream)]
    lines += _adapters(settings)
    return lines + [CheckResult("warning", "yellow", one, WARNINGS_PAGE) for one in warnings]


def _adapters(settings: PrimarySettings) -> list[CheckResult]:
    """The older protocols, with their clients and jobs."""
    if not settings.adapters or not settings.stills_port:
        return []
    code, health = _get(settings, "/health", settings.stills_port)
    told = health.get("adapters") if code == 200 and isinstance(health, dict) else None
    if not isinstance(told, list):
        return [CheckResult("older protocols", "yellow", "the service of stills does not answer",
                            "look at its log: journalctl -u afterimage-primary")]  # fmt: skip
    says = [
        f"{one['protocol']} on port {one['port']}: {one['clients']} clients, {one['jobs']} jobs, "
        f"{one['refused']} refused"
        for one in told
        if not one["trouble"]
    ]
    found = [CheckResult("older protocols", "green", "; ".join(says), "")] if says else []
    for one in told:
        if one["trouble"]:
            to_do = f"{str(one['protocol']).upper()}_PORT in .env chooses another port"
            found.append(CheckResult("older protocols", "yellow", str(one["trouble"]), to_do))
    return found


def _wall(status: Mapping[str, Any]) -> list[CheckResult]:
    """What the public sees that is not the picture as it is made."""
    played = status.get("params") or {}
    found: list[CheckResult] = []

    def say(colour: Colour, says: str, to_do: str) -> None:
        found.append(CheckResult("wall", colour, says, to_do))

    if played.get("passthrough"):
        say("red", "shows the raw source: no engine paints", "switch passthrough off on the page")
    if played.get("black") or played.get("opacity") == 0:
        say("yellow", "is black", "B on the page, or raise its opacity, if that is not meant")
    elif float(played.get("opacity", 1)) < 1:
        says = f"is {100 * float(played['opacity']):.0f} % bright"
        say("yellow", says, "raise its opacity if that is not meant")
    if played.get("freeze"):
        say("yellow", "is frozen: it holds an earlier picture", "switch freeze off on the page")
    return found


def _rate(stream: Mapping[str, Any], settings: PrimarySettings) -> CheckResult:
    latency = stream.get("latency_ms")
    came, went = float(stream["fps_in"]), float(stream["fps_out"])
    says = f"has run for {span(float(stream['uptime_s']))}; {came:.1f} frames a second in, "
    # A film has a rate of its own, which it keeps unless another one is wanted.
    own_rate = not settings.fps and bool(settings.directory)
    wanted = came if own_rate else float(settings.rate)
    says += f"{went:.1f} shown, {wanted:.4g} wanted"
    facts: dict[str, object] = {"fps_in": came, "fps_out": went, "fps_wanted": wanted}
    if latency:
        says += f"; latency {latency[0]:.0f} ms, 99 of 100 within {latency[2]:.0f}"
        facts |= {"latency_p50_ms": latency[0], "latency_p99_ms": latency[2]}
    says += f"; {stream['source']}, {stream['size']}"
    colour: Colour = "green"
    to_do = ""
    if stream.get("paused"):
        says += "; paused"
    elif went <= 0:
        colour, to_do = "red", "no picture comes: see the lines below"
    elif came < ENOUGH * wanted:
        colour, to_do = "yellow", "the source delivers too few frames: see the camera's line"
    elif went < ENOUGH * came:
        colour, to_do = "yellow", "the workers can't keep up: add one, or lower fps or resolution"
    elif latency and latency[0] > SLOW_MS:
        colour, to_do = "yellow", "a long delay: see the line 'time goes to'"
    return CheckResult("show", colour, says, to_do, facts)


def _ladder(stream: Mapping[str, Any]) -> list[CheckResult]:
    rungs = stream.get("ladder") or {}
    if not rungs:
        return []
    says = "milliseconds: " + ", ".join(f"{name} {times[0]:.1f}" for name, times in rungs.items())
    return [
        CheckResult(
            "time goes to", "green", says, "", {name: one[0] for name, one in rungs.items()}
        )
    ]


def _drops(stream: Mapping[str, Any]) -> list[CheckResult]:
    drops = {name: int(many) for name, many in (stream.get("drops") or {}).items() if many}
    shown = int(stream["stages"]["publish"]["counts"].get("out", 0))
    says = ", ".join(f"{many} {name}" for name, many in drops.items()) or "none"
    return [CheckResult("not shown", "green", f"{says}; {shown} shown since the start", "", drops)]


def workers(running: RunningShow, settings: PrimarySettings) -> list[CheckResult]:
    """Each worker, with the times of its frames at this moment."""
    stream = running.status.get("stream")
    if not isinstance(stream, dict):
        return []
    if not stream["workers"]:
        return [CheckResult("workers", "red", "none is connected", start_one(settings))]
    paused = bool(stream.get("paused"))
    says = "round trip and bandwidth are measured only while no show runs"
    return [
        *(_worker(one, paused) for one in stream["workers"]),
        CheckResult("links", "grey", says),
    ]


def start_one(settings: PrimarySettings) -> str:
    if settings.bind in ("127.0.0.1", "localhost", "::1"):
        how = advice(own_addresses())
        return f"start transform.py here; for workers elsewhere a token is needed, and {how}"
    return "start transform.py on each; PRIMARY_HOSTNAME there is this machine; no firewall between"


def _line(one: Mapping[str, Any]) -> str:
    """How a worker comes that is far away."""
    trip = one.get("round_trip_ms")
    return "through the tunnel" if trip is None else f"through the tunnel, {trip:.0f} ms and back"


def _worker(one: Mapping[str, Any], paused: bool) -> CheckResult:
    timings = {name: float(took) for name, took in (one.get("timings") or {}).items()}
    service = one.get("service_ms")
    facts: dict[str, object] = {"address": one["address"], "state": one["state"]}
    facts |= {"service_ms": service, "fps": one["fps"], "share": one["share"], **timings}
    what = f"worker {named(one['name'] or '?')}"
    if service is None:
        how = f", {_line(one)}" if one.get("tunnelled") else ""
        says = f"at {one['address']}{how}: has answered no frame yet"
        return CheckResult(what, "yellow" if paused else "red", says, "look at its log", facts)
    own = {name: took for name, took in timings.items() if name not in ("similar", "feedback")}
    way = max(0.0, service - sum(own.values()))
    parts = [f"{name} {took:.1f}" for name, took in own.items()] + [f"network and queue {way:.1f}"]
    says = f"at {one['address']}: a frame takes {service:.1f} ms ({', '.join(parts)}); "
    if one.get("tunnelled"):
        facts |= {"tunnelled": True, "round_trip_ms": one.get("round_trip_ms")}
        says = f"{_line(one)}, {says}"
    says += f"{one['fps']:.1f} a second, {100 * one['share']:.0f} % of all"
    made = " on ".join(named(one[name]) for name in ("engine", "device") if one.get(name))
    says += f"; {made}" if made else ""
    if one["state"] == "active":
        return CheckResult(what, "green", says, "", facts)
    return CheckResult(
        what, "red", f"{says}; {one['state']}", "it is too slow or silent: look at its log", facts
    )
