"""Health checks of the containers: exit code 0 while all is well, else 1 and a sentence.

    python deploy/alive.py flows    the control port says that frames flow, or are meant not to
    python deploy/alive.py lives    the program says that it lives, as it would say it to systemd

`lives` is for who restarts what hangs; `flows` tells people and load balancers whether there is a
picture, which a restart of the primary does not bring back when it is the worker that is missing.
"""

from __future__ import annotations

import fcntl
import http.client
import json
import os
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path

PATIENCE_S = 4.0  # the program says it once a second


def flows(port: int) -> str:
    """What is wrong; empty when nothing is."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        said = json.loads(answer.read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        return f"port {port} does not answer: {error}"
    finally:
        connection.close()
    return "" if answer.status == 200 else str(said.get("detail", answer.status))


def lives(path: Path, patience_s: float = PATIENCE_S) -> str:
    """What is wrong; empty when a sign of life came in time."""
    end_s = time.monotonic() + patience_s
    with Path(f"{path}.lock").open("w") as lock:
        while True:  # another check may listen at this moment
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > end_s:
                    return f"another check listens at {path}"
                time.sleep(0.05)
        path.unlink(missing_ok=True)  # of a check that was killed
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
            ear.bind(str(path))
            try:
                return _hear(ear, end_s, patience_s)
            finally:
                path.unlink(missing_ok=True)


def _hear(ear: socket.socket, end_s: float, patience_s: float) -> str:
    while (left_s := end_s - time.monotonic()) > 0:
        ear.settimeout(left_s)
        with suppress(TimeoutError):
            if b"WATCHDOG=1" in ear.recv(4096).splitlines():
                return ""
    return f"no sign of life in {patience_s:g} s"


def main(argv: list[str]) -> int:
    if argv == ["flows"]:
        trouble = flows(int(os.environ.get("SETTINGS_PORT") or 5556))
    elif argv == ["lives"]:
        trouble = lives(Path(os.environ.get("NOTIFY_SOCKET") or "/tmp/alive"))
    else:
        print("alive.py: say flows or lives", file=sys.stderr)
        return 2
    if trouble:
        print(trouble, file=sys.stderr)
    return 1 if trouble else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
