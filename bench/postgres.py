"""A PostgreSQL of its own, from Debian's programs: in a temporary folder, reached through a socket
there, gone afterwards. A server that this machine runs besides is left alone.

`with TemporaryPostgres() as server: open_shared_ledger(server.new_database(), ...)`
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from bench.processes import tree

PORT = 54329  # only the name of the socket: no port is opened
OLDEST = 14
READY_S = 30.0
USER = "postgres"  # of the database, and of the machine where this one is root
WITHOUT_DISK = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")
SETTINGS = (
    "listen_addresses=",
    f"port={PORT}",
    "unix_socket_permissions=0700",
    "shared_buffers=32MB",
    "max_wal_size=256MB",
    "max_connections=100",
    "logging_collector=off",
    "log_min_messages=fatal",
    "dynamic_shared_memory_type=mmap",
)


def programs() -> Path | None:
    """The folder of the newest server's programs; None where there is none."""
    found = [
        folder
        for folder in Path("/usr/lib/postgresql").glob("*/bin")
        if folder.parent.name.isdigit()
        and int(folder.parent.name) >= OLDEST
        and (folder / "initdb").exists()
        and (folder / "postgres").exists()
    ]
    return max(found, key=lambda folder: int(folder.parent.name), default=None)


class TemporaryPostgres:
    """`lasting`: what was committed survives a power cut, as in use; without, it is faster.
    `within`: the folder that its own is made in."""

    def __init__(
        self, *, lasting: bool = False, settings: tuple[str, ...] = (), within: Path | None = None
    ) -> None:
        found = programs()
        if found is None:
            raise FileNotFoundError(f"no PostgreSQL {OLDEST} or later in /usr/lib/postgresql")
        self._programs = found
        self._settings = (*SETTINGS, *(() if lasting else WITHOUT_DISK), *settings)
        # A server refuses to run as root.
        self._as: dict[str, Any] = (
            {"user": USER, "group": USER, "extra_groups": []} if os.geteuid() == 0 else {}
        )
        memory = Path("/dev/shm")
        within = within or (memory if memory.is_dir() and not lasting else None)
        # Its programs run in it, where a path from elsewhere would mean another one.
        self.folder = Path(tempfile.mkdtemp(prefix="postgres-", dir=within)).resolve()
        self._server: subprocess.Popen[bytes] | None = None
        self._databases = 0

    def __enter__(self) -> Self:
        try:
            if self._as:
                shutil.chown(self.folder, USER, USER)
            self.run("initdb", "-D", self._data, "-U", USER, "-A", "trust", "-E", "UTF8",
                      "--locale=C", "--no-sync")  # fmt: skip
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://{USER}@/{database}?host={self.folder}&port={PORT}"

    def new_database(self, template: str = "template1") -> str:
        """The address of a fresh one, empty or as the template is."""
        self._databases += 1
        name = f"test_{self._databases}"
        self.sql(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def sql(self, statement: str, database: str = "postgres") -> str:
        """By the server's own program, as a person would; its answer, bare."""
        words = ("psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", str(self.folder),
                 "-p", str(PORT), "-U", USER, "-c", statement, database)  # fmt: skip
        return self.run(*words).strip()

    def start(self) -> None:
        """Back when it answers."""
        words = [str(self._programs / "postgres"), "-D", self._data, "-k", str(self.folder)]
        for setting in self._settings:
            words += ["-c", setting]
        end_s = time.monotonic() + READY_S
        while time.monotonic() < end_s:
            if self._server is None or self._server.poll() is not None:
                # After a kill the first tries may find that its processes are still ending.
                self._server = subprocess.Popen(
                    words, **self._as, cwd=self.folder,
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                )  # fmt: skip
            with suppress(subprocess.CalledProcessError):
                self.sql("SELECT 1")
                return
            time.sleep(0.02)
        raise TimeoutError("PostgreSQL did not start")

    def stop(self) -> None:
        """In order: it ends all connections."""
        if self._server and self._server.poll() is None:
            self._server.send_signal(signal.SIGINT)  # fast
            try:
                self._server.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self, *, all_at_once: bool = False) -> None:
        """As kill -9 does; its other processes end by themselves, or with it as by a power cut."""
        if self._server:
            for pid in tree(self._server.pid) if all_at_once else ():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self._server.kill()
            self._server.wait()

    def signal(self, number: int) -> None:
        """To all its processes, such as SIGSTOP: it hangs, and its machine does not."""
        for pid in tree(self._server.pid) if self._server else ():
            os.kill(pid, number)

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    def run(self, *words: str) -> str:
        """One of its programs, as the server's user; what it printed."""
        done = subprocess.run(
            [str(self._programs / words[0]), *words[1:]], **self._as, cwd=self.folder,
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        return done.stdout


def missing() -> str:
    """Why there can be none on this machine; empty where there can."""
    if programs() is None:
        return f"no PostgreSQL {OLDEST} or later is installed (sudo apt install postgresql)"
    if os.geteuid() == 0:
        try:
            pwd.getpwnam(USER)
        except KeyError:
            return f"PostgreSQL does not run as root, and there is no user {USER}"
    return ""
