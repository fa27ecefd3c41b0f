"""video-to-frames.sh: makes a film into a folder of pictures, completely or not at all."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from lib.core.geometry import Size
from lib.files import MEGABYTE, read_end
from lib.pictures.sequence_rate import write_rate

PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff")
NAME = "%08d.jpg"  # a fixed number of digits, so that natural and plain sorting agree
BYTES_A_PIXEL = 0.35  # of a JPEG of this quality; even a noisy film has less
KEEP_FREE = 1_000_000_000  # bytes that other programs of the machine may need
PROBE_S = 30.0
PART = ".part"


class FramesError(RuntimeError):
    """It cannot be done; the text is the reason."""


class FilmFacts(NamedTuple):
    """What ffprobe reports of a film."""

    size: Size
    fps: float
    seconds: float

    def frames(self, fps: float) -> int:
        return max(1, round(self.seconds * (fps or self.fps)))


def examine(film: Path) -> FilmFacts:
    if not film.is_file():
        raise FramesError(f"{film} is no file")
    asked = "stream=width,height,avg_frame_rate:format=duration"
    argv = ["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", asked]
    try:
        done = subprocess.run(
            [*argv, "-of", "json", f"file:{film}"],
            capture_output=True,
            text=True,
            timeout=PROBE_S,
            check=False,
        )
    except FileNotFoundError:
        raise FramesError("ffmpeg is missing: sudo apt install ffmpeg") from None
    except subprocess.TimeoutExpired:
        raise FramesError(f"{film} cannot be examined within {PROBE_S:g} s") from None
    try:
        said = json.loads(done.stdout)
        stream = said["streams"][0]
        above, _, below = str(stream["avg_frame_rate"]).partition("/")
        fps = float(above) / (float(below or 1) or 1)
        seconds = float(said.get("format", {}).get("duration", 0))
        return FilmFacts(Size(int(stream["width"]), int(stream["height"])), fps, seconds)
    except (ValueError, KeyError, IndexError, TypeError):
        said = done.stderr.strip().splitlines() or ["there is no picture in it"]
        raise FramesError(f"{film} is no film that ffmpeg reads: {said[-1]}") from None


def check_folder(folder: Path) -> None:
    """Refuse a folder that is not empty, since two films in one folder would play as one."""
    if folder.exists() and not folder.is_dir():
        raise FramesError(f"{folder} is a file")
    inside = sorted(folder.iterdir()) if folder.exists() else []
    pictures = [one for one in inside if one.suffix.lower() in PICTURES]
    if pictures:
        raise FramesError(
            f"{folder} has {len(pictures)} pictures already; name another folder, or empty it"
        )
    if inside:
        raise FramesError(f"{folder} is not empty: {inside[0].name}")


def check_disk(folder: Path, frames: int, size: Size, free: int) -> str:
    """Estimate the size in a sentence; a FramesError if the disk has no room for it."""
    need = int(frames * size.width * size.height * BYTES_A_PIXEL)
    if need + KEEP_FREE > free:
        raise FramesError(
            f"about {need / 1e9:.1f} GB are needed beside the 1 GB that stays free, "
            f"and {folder} has {free / 1e9:.1f} GB"
        )
    return f"{frames} frames of {size}, {need / 1e9:.2f} GB or less"


def ffmpeg_argv(film: Path, fps: float, size: Size | None) -> list[str]:
    filters = [f"fps={fps:g}"] if fps else []
    if size:  # as the show does: crop the centre to the shape, then scale
        filters.append(f"scale={size.width}:{size.height}:force_original_aspect_ratio=increase")
        filters.append(f"crop={size.width}:{size.height}")
    return [
        *("ffmpeg", "-nostdin", "-v", "error", "-progress", "pipe:1"),
        # With file: a name with a colon is no URL, and one with a dash no option.
        *("-i", f"file:{film.resolve()}", "-map", "0:v:0"),
        *(["-vf", ",".join(filters)] if filters else []),
        *("-start_number", "1", NAME),
    ]


def convert(
    film: Path, folder: Path, fps: float, size: Size | None, tell: Callable[[int, int], None]
) -> int:
    """Make the pictures; return how many. If it is interrupted, nothing of it is left."""
    what = examine(film)
    check_folder(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    frames = what.frames(fps)
    print(check_disk(folder, frames, size or what.size, _free(folder.parent)), flush=True)
    with _unfinished(folder) as part:
        _run(ffmpeg_argv(film, fps, size), part, lambda done: tell(done, frames))
        made = sum(1 for one in part.iterdir())
        if not made:
            raise FramesError(f"ffmpeg made no picture of {film}")
        write_rate(part, Fraction(fps or what.fps).limit_denominator(1001))
        if folder.exists():
            folder.rmdir()
        part.rename(folder)
    return made


def play_command(folder: Path, size: Size) -> str:
    """The rate is in the folder; the size is that of the pictures as far as a show can have it."""
    fit = Size(*(max(8, side // 8 * 8) for side in size))
    shown = shlex.quote(str(folder))
    return f"./run.sh --mode video --directory {shown} --resolution {fit}"


@contextmanager
def _unfinished(folder: Path) -> Iterator[Path]:
    """A folder under another name until it is complete, so that no show plays half a film."""
    part = folder.with_name(folder.name + PART)
    shutil.rmtree(part, ignore_errors=True)  # left by a power cut
    part.mkdir()
    try:
        yield part
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _run(argv: list[str], folder: Path, tell: Callable[[int], None]) -> None:
    errors = folder / "ffmpeg.txt"
    with errors.open("wb") as complaints:
        process = subprocess.Popen(
            argv,
            cwd=folder,  # a percent sign in a path would be part of the pattern
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
            start_new_session=True,
        )
        try:
            for line in process.stdout or ():
                name, _, value = line.strip().partition("=")
                if name == "frame" and value.isdigit():
                    tell(int(value))
                    if _free(folder) < KEEP_FREE // 2:
                        raise FramesError(
                            "the disk is nearly full: the frames made so far were removed"
                        )
            code = process.wait()
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            if process.stdout:
                process.stdout.close()
    said = read_end(errors, MEGABYTE).decode("utf-8", "replace").strip().splitlines()
    errors.unlink()
    if code:
        raise FramesError(f"ffmpeg: {said[-1] if said else f'code {code}'}")


def _free(folder: Path) -> int:
    return shutil.disk_usage(folder).free


class Progress:
    """Progress: one line that changes on a terminal, otherwise a line for every tenth."""

    def __init__(self) -> None:
        self._began_s = time.monotonic()
        self._tenth = 0

    def tell(self, done: int, frames: int) -> None:
        share = min(1.0, done / frames)
        spent_s = time.monotonic() - self._began_s
        left = f", {spent_s / share - spent_s:.0f} s left" if share > 0.02 else ""
        text = f"{share:4.0%}  {done} of about {frames} frames{left}"
        if sys.stdout.isatty():
            print(f"\r\033[K{text}", end="", flush=True)
        elif int(share * 10) > self._tenth:
            self._tenth = int(share * 10)
            print(text, flush=True)

    def end(self) -> None:
        if sys.stdout.isatty():
            print("\r\033[K", end="", flush=True)
