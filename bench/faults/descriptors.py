"""Which descriptors a process has open, by kind and one by one, so that one too many has a name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import psutil


class Descriptor(NamedTuple):
    """`kind` stays as it is when a process or a connection is replaced by another."""

    kind: str
    detail: str = ""


def connected(pid: int, port: int) -> int:
    """How many connections to a port of its own it has accepted."""
    rows = _connections(pid)
    return sum(row.laddr.port == port and row.status != psutil.CONN_LISTEN for row in rows)


def _connections(pid: int) -> list[Any]:
    try:
        return psutil.Process(pid).net_connections("tcp")
    except psutil.Error:  # it has just ended
        return []


def opened(pid: int) -> list[Descriptor]:
    rows = {row.fd: row for row in _connections(pid)}
    own = {row.laddr.port for row in rows.values() if row.status == psutil.CONN_LISTEN}
    owners = {row.laddr.port: row.pid for row in psutil.net_connections("tcp")}

    def describe(fd: int, link: str) -> Descriptor:
        row = rows.get(fd)
        if row is None:
            return _other_kind(link)
        if row.status == psutil.CONN_LISTEN:
            return Descriptor(f"listener on {row.laddr.port}")
        peer = row.raddr.port
        if row.laddr.port in own:
            return Descriptor(f"connection to its port {row.laddr.port}", _named(peer, owners))
        return Descriptor(f"connection to port {peer}", str(row.laddr.port))

    return [describe(fd, link) for fd, link in _links(pid)]


def _links(pid: int) -> Iterator[tuple[int, str]]:
    """What each descriptor stands for, as /proc writes it."""
    with suppress(OSError):
        for one in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                yield int(one.name), str(one.readlink())


def _named(port: int, owners: dict[int, int | None]) -> str:
    """With the program of this machine that has it."""
    with suppress(psutil.Error):
        if pid := owners.get(port):
            return f"port {port} of {pid}, {' '.join(psutil.Process(pid).cmdline())}"
    return f"port {port}"


def _other_kind(link: str) -> Descriptor:
    kind, colon, which = link.removesuffix("]").partition(":[")
    if kind == "socket" and not _is_listed(which):
        return Descriptor("socket without a connection", which)
    return Descriptor(kind, which) if colon else Descriptor(link)


def _is_listed(inode: str) -> bool:
    """Whether the kernel lists it as a socket of another kind than TCP: a TCP socket whose
    connection has ended is listed nowhere."""
    tables = map(Path, (f"/proc/self/net/{name}" for name in ("unix", "udp", "udp6", "netlink")))
    texts = (table.read_text("utf-8", "replace") for table in tables if table.exists())
    return any(inode in text.split() for text in texts)


def changes(before: Sequence[Descriptor], after: Sequence[Descriptor]) -> str:
    """Of which kinds there are more or fewer, with each one that was not there or is not now."""
    words = []
    for kind in sorted({one.kind for one in (*before, *after)}):
        old = [one.detail for one in before if one.kind == kind]
        new = [one.detail for one in after if one.kind == kind]
        if len(old) == len(new):
            continue
        fresh = [f"new: {one}" for one in new if one and one not in old]
        gone = [f"gone: {one}" for one in old if one and one not in new]
        how = "more" if len(new) > len(old) else "fewer"
        which = f" ({'; '.join([*fresh, *gone])})" if fresh or gone else ""
        words.append(f"{abs(len(new) - len(old))} {how} of {kind}{which}")
    return "; ".join(words)
