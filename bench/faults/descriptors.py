"""Which descriptors a process has open, by kind and one by one, so that one too many has a name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

LISTENING = "0A"  # as the kernel's table writes that state


class Descriptor(NamedTuple):
    """`kind` stays as it is when a process or a connection is replaced by another."""

    kind: str
    detail: str = ""


class Tcp(NamedTuple):
    """A row of the kernel's table."""

    port: int
    peer_port: int
    state: str


def tcp_table(pid: int | str = "self") -> dict[str, Tcp]:
    """By inode."""
    found = {}
    for name in ("tcp", "tcp6"):
        with suppress(OSError):
            for line in Path(f"/proc/{pid}/net/{name}").read_text("ascii").splitlines()[1:]:
                cells = line.split()
                ports = (int(cell.rpartition(":")[2], 16) for cell in cells[1:3])
                found[cells[9]] = Tcp(*ports, cells[3])
    return found


def links(pid: int | str) -> Iterator[str]:
    """What each descriptor stands for, as /proc writes it."""
    with suppress(OSError):
        for one in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                yield str(one.readlink())


def inode_of(link: str) -> str:
    """Of a socket; empty for anything else."""
    return link.removeprefix("socket:[").removesuffix("]") if link.startswith("socket:") else ""


def connected(pid: int, port: int) -> int:
    """How many connections to a port of its own it has accepted."""
    table = tcp_table(pid)
    rows = [table.get(inode_of(link)) for link in links(pid)]
    return sum(row is not None and row.port == port and row.state != LISTENING for row in rows)


def opened(pid: int) -> list[Descriptor]:
    table, owners = tcp_table(pid), port_owners()
    own = {row.port for row in table.values() if row.state == LISTENING}

    def describe(link: str) -> Descriptor:
        row = table.get(inode_of(link))
        if row is None:
            return _other_kind(link)
        if row.state == LISTENING:
            return Descriptor(f"listener on {row.port}")
        if row.port in own:
            return Descriptor(f"connection to its port {row.port}", owners(row.peer_port))
        return Descriptor(f"connection to port {row.peer_port}", str(row.port))

    return [describe(link) for link in links(pid)]


def port_owners() -> Callable[[int], str]:
    """Says which program of this machine has a TCP port, as of now."""
    table, found = tcp_table(), dict[int, str]()
    for process in Path("/proc").glob("[0-9]*"):
        ports = {
            table[inode].port for inode in map(inode_of, links(process.name)) if inode in table
        }
        with suppress(OSError):
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
            found |= dict.fromkeys(ports, f" of {process.name}, {command}")
    return lambda port: f"port {port}{found.get(port, '')}"


def _other_kind(link: str) -> Descriptor:
    if inode_of(link) and not _is_listed(inode_of(link)):
        return Descriptor("socket without a connection", inode_of(link))
    kind, colon, which = link.partition(":[")
    return Descriptor(kind, which.rstrip("]")) if colon else Descriptor(link)


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
