"""Fetches weights once from the Hugging Face hub, into the cache that its own programs use.

A download that was cut off goes on where it was, also days later, and each file is held to its
hash before it gets its name: what lies in the cache under its name is whole.

huggingface_hub lists the files, has the token, and speaks HTTP. Its own `hf_hub_download` (2.4) is
not used: it throws away what came of a file when it is ended, and a unet is gigabytes; it holds a
file to its size and not to its hash; and it writes down a model's name before all files are there.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from fnmatch import fnmatch
from http import HTTPStatus
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import httpx2
from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, OfflineModeIsEnabled
from huggingface_hub.utils import build_hf_headers, get_session, hf_raise_for_status
from huggingface_hub.utils.sha import git_hash

from lib.engine.engine import EngineError
from lib.engine.turbo import weight_files
from lib.files import open_regular

log = logging.getLogger(__name__)

DEFAULT = ("stabilityai/sd-turbo", weight_files.TAESD)
_SMALL = ("*.json", "*.txt")  # settings, tokenizers
_WEIGHTS = [
    f"{stem}{variant}.safetensors"
    for stem in ("model", "diffusion_pytorch_model")
    for variant in ("", ".fp16")
]
_TRIES = 5  # in a row without a byte
_PATIENCE_S = 30

Progress = Callable[[str, int, int], None]  # what, bytes so far, bytes in all


class Part(NamedTuple):
    """One file, as the hub describes it."""

    name: str
    size: int
    hash: str  # SHA-256 of a large file; of a small one what git makes of it


def locate(model: str, local_only: bool) -> Path:
    """Where it lies; what is not there and has a name is fetched, if that is allowed."""
    found = weight_files.find(model)
    if found is not None:
        return found
    if local_only or not weight_files.is_name(model):
        raise weight_files.missing(model)
    log.info("fetching %s, which is done once", model)
    try:
        return fetch(model)
    except EngineError as error:
        raise weight_files.missing(model, str(error)) from error


def fetch(name: str, progress: Progress | None = None) -> Path:
    """The folder with all that turbo needs of this model; EngineError in one sentence."""
    show = progress or _Lines()
    try:
        commit, listed = _ask(name)
        wanted = choose(listed)
        if not wanted:
            raise EngineError(f"{name} has no .safetensors weights that turbo could use")
        home = weight_files.hub_folder() / f"models--{name.replace('/', '--')}"
        _check_room(home, wanted)
        for part in wanted:
            _bring(name, commit, part, home, show)
        (home / "refs").mkdir(exist_ok=True)
        (home / "refs" / "main").write_text(commit, "utf-8")
    except (OSError, HFValidationError, httpx2.HTTPError) as error:
        raise EngineError(f"{name} cannot be fetched: {_reason(error)}") from error
    return home / "snapshots" / commit


def choose(listed: Sequence[Part]) -> list[Part]:
    """The small files, and of each part's weights the lightest kind that there is."""
    names = {part.name for part in listed}
    chosen = []
    for part in listed:
        path = PurePosixPath(part.name)
        if len(path.parts) > 2 or (len(path.parts) == 2 and path.parts[0] not in _folders(names)):
            continue
        half = str(path.with_name(path.name.replace(".safetensors", ".fp16.safetensors")))
        is_weights = path.name in _WEIGHTS and half not in names
        if is_weights or any(fnmatch(path.name, kind) for kind in _SMALL):
            chosen.append(part)
    return chosen


def _folders(names: set[str]) -> set[str]:
    """What a model is made of; a safety checker is not run and need not be fetched."""
    return {
        folder
        for folder in (*weight_files.WHOLE, "tokenizer", "tokenizer_2", "scheduler")
        if any(name.startswith(f"{folder}/") for name in names)
    }


def _ask(name: str) -> tuple[str, list[Part]]:
    try:
        hub = HfApi(_endpoint(), library_name="afterimage")
        said = hub.model_info(name, files_metadata=True, timeout=_PATIENCE_S)
        parts = [
            Part(one.rfilename, int(one.size), str(one.lfs.sha256 if one.lfs else one.blob_id))
            for one in said.siblings
        ]
    except (HfHubHTTPError, HFValidationError):
        raise
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise EngineError(f"{_endpoint()} does not answer as the hub does") from error
    is_outside = any(".." in part.name or part.name.startswith("/") for part in parts)
    if is_outside or not all(one.isalnum() for one in (str(said.sha), *(p.hash for p in parts))):
        raise EngineError(f"{_endpoint()} names files outside of the model's folder")
    return str(said.sha), parts


def _bring(name: str, commit: str, part: Part, home: Path, show: Progress) -> None:
    """One file into `blobs`, and a link to it where the model's layout has it."""
    blob, link = home / "blobs" / part.hash, home / "snapshots" / commit / part.name
    blob.parent.mkdir(parents=True, exist_ok=True)
    link.parent.mkdir(parents=True, exist_ok=True)
    if not blob.exists():
        half = blob.with_name(f"{blob.name}.incomplete")
        address = f"{_endpoint()}/{name}/resolve/{commit}/{part.name}"
        for attempt in (1, 2):
            _download(address, half, part, show)
            if digest(half, part) == part.hash:
                break
            half.unlink()
            if attempt == 2:
                raise EngineError(f"{part.name} of {name} came damaged twice; try again later")
        half.replace(blob)
    if not link.exists():
        link.unlink(missing_ok=True)
        link.symlink_to(os.path.relpath(blob, link.parent))


def _download(address: str, half: Path, part: Part, show: Progress) -> None:
    """On from what is there; a connection that breaks is made again."""
    half.touch()  # an empty file is a file too
    tries = 0
    while (there := half.stat().st_size) < part.size:
        tries += 1
        headers = build_hf_headers(library_name="afterimage") | {"Accept-Encoding": "identity"}
        if there:
            headers["Range"] = f"bytes={there}-"
        try:
            with get_session().stream(
                "GET", address, headers=headers, timeout=_PATIENCE_S
            ) as answer:
                hf_raise_for_status(answer)
                whole = answer.status_code != HTTPStatus.PARTIAL_CONTENT
                with half.open("wb" if whole else "ab") as out:
                    for piece in answer.iter_raw():
                        out.write(piece)
                        tries = 0
                        show(part.name, out.tell(), part.size)
        except (HfHubHTTPError, httpx2.TransportError):
            if tries >= _TRIES:
                raise
            time.sleep(min(tries, 3))
    if half.stat().st_size > part.size:
        half.unlink()
        raise EngineError(f"{part.name} is longer than the hub says")


def digest(path: Path, part: Part) -> str:
    """By the hub's own measure: SHA-256, or for what lies in git itself git's SHA-1."""
    with open_regular(path) as file:
        if len(part.hash) == 64:
            return hashlib.file_digest(file, "sha256").hexdigest()
        return str(git_hash(file.read()))


def _check_room(home: Path, wanted: Sequence[Part]) -> None:
    missing = sum(part.size for part in wanted if not (home / "blobs" / part.hash).exists())
    home.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(home).free
    if missing > free:
        raise EngineError(
            f"{missing / 1e9:.1f} GB are to be fetched and {free / 1e9:.1f} GB are free in {home}"
        )


def _endpoint() -> str:
    return (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")


def _reason(error: Exception) -> str:
    if isinstance(error, HfHubHTTPError):
        told = {401: "it is not public, or there is no such model", 403: "it needs HF_TOKEN"}
        told[404] = "there is no such model"
        code = error.response.status_code
        return told.get(code, f"the hub answers {code}")
    if isinstance(error, OfflineModeIsEnabled):
        return "HF_HUB_OFFLINE is set"
    if isinstance(error, httpx2.TransportError):
        return f"{_endpoint()} cannot be reached"
    return str(error).partition("\n")[0]


class _Lines:
    """For a log: a line every ten seconds."""

    def __init__(self) -> None:
        self._next_s = time.monotonic() + 10

    def __call__(self, what: str, so_far: int, size: int) -> None:
        if time.monotonic() >= self._next_s:
            self._next_s = time.monotonic() + 10
            share = 100 * so_far / max(size, 1)
            log.info("fetching %s: %.0f %%", what, share)


class _Bar:
    """For a terminal: a bar that grows; elsewhere a line for each file."""

    def __init__(self) -> None:
        self._last = ("", -1)

    def __call__(self, what: str, so_far: int, size: int) -> None:
        share = int(100 * so_far / max(size, 1))
        if (what, share) == self._last:
            return
        self._last = (what, share)
        if sys.stderr.isatty():
            bar = "#" * (share * 30 // 100)
            end = "\n" if so_far >= size else ""
            sys.stderr.write(f"\r\x1b[K{what:45.45} [{bar:30}] {share:3} % of {_mb(size)}{end}")
        elif so_far >= size:
            sys.stderr.write(f"{what} {_mb(size)}\n")
        sys.stderr.flush()


def _mb(size: int) -> str:
    if size < 1e6:
        return f"{size / 1e3:.1f} kB"
    return f"{size / 1e9:.2f} GB" if size > 1e9 else f"{size / 1e6:.1f} MB"


def main(names: Sequence[str]) -> int:
    for name in names or DEFAULT:
        if not weight_files.is_name(name):
            sys.stderr.write(f"download-models.sh: {name} is no name such as {DEFAULT[0]}\n")
            return 2
        try:
            folder = fetch(name, _Bar())
        except EngineError as error:
            sys.stderr.write(f"download-models.sh: {error}\n")
            return 2
        sys.stderr.write(f"{name} is whole: {folder}\n")
    return 0


if __name__ == "__main__":
    try:
        raise SystemExit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.stderr.write("\nstopped; the next time it goes on where it was\n")
        raise SystemExit(130) from None
