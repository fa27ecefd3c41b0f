"""The program's own files: which they are, their version, and how a new tree replaces them."""

from __future__ import annotations

import hashlib
import io
import re
import shutil
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from lib.files import read_regular

# The files that a machine needs. Settings, weights, films and state are its own.
FILES = ("*.py", "run.sh", "requirements*", "pyproject.toml", "README.md", ".env.example")
FOLDERS = ("automation", "bench", "docs", "lib", "systemd")
# The files that decide how it runs: two machines that differ only in prose have one version.
RUNS = (".py", ".sh", ".txt", ".lock", ".js", ".css", ".html", ".service", ".target", ".toml")
LEFT_OUT = re.compile(r"__pycache__|.*\.(pyc|part|swp|new)|\..*_cache")
FRESH, BEFORE = ".update", ".before"
LARGEST = 200_000_000


class TreeError(ValueError):
    """Not a tree of ours; the text is the reason."""


def files(root: Path) -> Iterator[Path]:
    """Every file of the program, in an order that is the same everywhere, without links."""
    found = {path for name in FILES for path in root.glob(name)}
    for folder in FOLDERS:
        found.update((root / folder).rglob("*"))
    for path in sorted(found, key=lambda path: path.relative_to(root).as_posix()):
        parts = path.relative_to(root).parts
        ours = path.is_file() and not path.is_symlink()
        if ours and not any(LEFT_OUT.fullmatch(part) for part in parts):
            yield path


def version(root: Path) -> str:
    """The version in pyproject.toml with a digest of all that runs; empty if it is no tree of
    ours."""
    return _version(
        {name: read_regular(path, LARGEST) for name, path in _named(root) if _runs(name)}
    )


def pack(root: Path) -> tuple[bytes, str]:
    """The tree and its version. Each file is read once, since it may be edited meanwhile."""
    held, contents = io.BytesIO(), {}
    with tarfile.open(fileobj=held, mode="w:gz", compresslevel=3) as archive:
        for name, path in _named(root):
            contents[name] = read_regular(path, LARGEST)
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(contents[name]), path.stat().st_mode & 0o777
            archive.addfile(entry, io.BytesIO(contents[name]))
    return held.getvalue(), _version(contents)


def _named(root: Path) -> Iterator[tuple[str, Path]]:
    for path in files(root):
        yield path.relative_to(root).as_posix(), path


def _runs(name: str) -> bool:
    return name.endswith(RUNS) and not name.startswith(("docs/", "bench/"))


def _version(contents: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, content in contents.items():
        if _runs(name):
            digest.update(name.encode() + b"\0" + content + b"\0")
    project = contents.get("pyproject.toml", b"").decode("utf-8", "replace")
    named = re.search(r'^version = "([^"]+)"', project, re.M)
    return f"{named[1]}+{digest.hexdigest()[:8]}" if named else ""


def unpack(payload: bytes, root: Path) -> Path:
    """Unpack a tree beside the one that runs, so that a broken connection changes nothing."""
    fresh = root / FRESH
    shutil.rmtree(str(fresh), ignore_errors=True)
    fresh.mkdir()
    size = 0
    with tarfile.open(fileobj=io.BytesIO(payload), mode="r:gz") as archive:
        for member in archive:
            parts = Path(member.name).parts
            size += member.size
            if not member.isfile() or ".." in parts or member.name.startswith("/"):
                raise TreeError(f"{member.name} is no plain file of ours")
            if size > LARGEST:
                raise TreeError("more than a program can be")
            path = fresh / member.name
            path.parent.mkdir(parents=True, exist_ok=True)
            content = archive.extractfile(member)
            path.write_bytes(content.read() if content else b"")
            path.chmod(0o755 if member.mode & 0o100 else 0o644)
    return fresh


def swap(fresh: Path, root: Path) -> None:
    """Replace each part by renaming; the old ones are kept, to go back to."""
    before = root / BEFORE
    shutil.rmtree(str(before), ignore_errors=True)
    before.mkdir()
    for part in sorted({*_parts(root), *(path.name for path in fresh.iterdir())}):
        old, new = root / part, fresh / part
        if old.exists():
            old.rename(before / part)
        if new.exists():
            new.rename(root / part)
    shutil.rmtree(str(fresh), ignore_errors=True)


def swap_back(root: Path) -> None:
    before = root / BEFORE
    if not (before / "lib").exists():
        raise TreeError("there is nothing to go back to")
    undone = root / FRESH
    shutil.rmtree(str(undone), ignore_errors=True)
    before.rename(undone)
    swap(undone, root)


def _parts(root: Path) -> Iterator[str]:
    for name in FILES:
        yield from (path.name for path in root.glob(name))
    yield from (name for name in FOLDERS if (root / name).is_dir())
