"""The source of the frames: a camera and its modes, a folder, a film, or another program."""

from __future__ import annotations

import socket
from pathlib import Path

from lib.camera.devices import Device, Devices, words_for
from lib.camera.modes import best, camera_mode, covers, modes_of
from lib.config.plugins import SOURCES, PluginError, load
from lib.config.settings import PrimarySettings
from lib.core.plain import plain
from lib.ops.doctor.result import CheckResult, Colour

CONNECT_S = 2.0
MOST_MODES = 12


def source(settings: PrimarySettings, devices: Devices | None = None) -> list[CheckResult]:
    devices = devices or Devices()
    mode = settings.mode
    if mode == "auto":
        mode = "video" if settings.directory else "camera" if devices.any() else "pattern"
    if mode == "video":
        return [_video(Path(settings.directory))]
    if mode == "zmq":
        return [_remote(settings.video_hostname, settings.video_port)]
    if mode == "camera":
        return _camera(settings, devices)
    if mode != "pattern":
        return [_other(mode)]
    if settings.mode == "pattern":
        return [CheckResult("source", "green", "a drawn scene, as --mode pattern says")]
    says = "no camera and no folder: a drawn scene is shown"
    return [CheckResult("source", "yellow", says, "connect a camera, or give --directory PATH")]


def _other(mode: str) -> CheckResult:
    """One that the doctor knows by its name alone."""
    try:
        load(mode, SOURCES)
    except PluginError as error:
        return CheckResult("source", "red", str(error), "--mode names another")
    return CheckResult("source", "green", f"--mode {mode}: asked only when the show opens it")


def _camera(settings: PrimarySettings, devices: Devices) -> list[CheckResult]:
    device, reason = devices.find(settings.camera)
    if device is None:
        to_do = "plug it in; its right name, number or path goes into --camera"
        if "permission" in reason:
            to_do = "sudo usermod -aG video $USER, then log in again"
        return [CheckResult("camera", "red", reason, to_do)]
    if not device.is_v4l2:
        where = words_for(settings.camera)
        return [CheckResult("camera", "green", f"{where}: asked only when the show opens it")]
    return [_v4l2(settings, device)]


def _v4l2(settings: PrimarySettings, device: Device) -> CheckResult:
    try:
        modes = modes_of(Path(device.path))
    except OSError as error:
        says = f"{device.words} cannot be opened: {error.strerror or error}"
        return CheckResult("camera", "red", says, "unplug it and plug it in again; is it broken?")
    wanted = camera_mode(settings.size)
    listed = [f"{one.form} {one.size} {one.fps:g}" for one in modes]
    facts = {"path": device.path, "modes": listed}
    chosen = best(modes, wanted)
    if chosen is None:
        says = f"{device.words} lists no modes; what it gives shows when the show opens it"
        return CheckResult("camera", "yellow", says, "", facts)
    says = f"{device.words} at {device.path} gives {chosen.size} {chosen.form}"
    says += f" up to {chosen.fps:g} frames a second" if chosen.fps else ""
    colour: Colour = "green"
    to_do = ""
    if not covers(chosen.size, settings.size):
        colour = "yellow"
        to_do = f"it is smaller than {settings.size}, and will look soft: a smaller --resolution"
    elif 0 < chosen.fps < settings.rate * 0.98:
        colour = "yellow"
        to_do = f"--fps {chosen.fps:g}, another size, or a port of USB 3: "
        to_do += f"{float(settings.rate):g} is wanted"
    if colour != "green":
        says += f" (it lists {', '.join(listed[:MOST_MODES])})"
    return CheckResult("camera", colour, says, to_do, facts)


def _video(path: Path) -> CheckResult:
    shown = plain(str(path))
    try:
        there = path.is_file() or any(path.iterdir())
    except OSError as error:
        says = f"{shown} cannot be read: {error.strerror or error}"
        return CheckResult("source", "red", says, "is the disk mounted? --directory names another")
    if not there:
        return CheckResult("source", "red", f"{shown} is empty", "put pictures into it")
    return CheckResult("source", "green", f"{'film' if path.is_file() else 'pictures in'} {shown}")


def _remote(host: str, port: int) -> CheckResult:
    try:
        with socket.create_connection((host, port), CONNECT_S):
            pass
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or "no answer"
        says = f"nobody publishes frames at {plain(host)}:{port}: {why}"
        return CheckResult("source", "red", says, "start that program; is a firewall between?")
    return CheckResult("source", "green", f"somebody publishes at {plain(host)}:{port}")
