"""A chat line becomes a control command: type a prompt, or /help.

Reads a pipe as well as a keyboard, and then ends with 1 when a line was refused:
    echo "a forest of glass" | python input-publisher.py --host 192.168.1.10
"""

from __future__ import annotations

import argparse
import http.client
import json
import sys

from lib.control.chat import HELP, answer_for, request_for
from lib.control.params_table import RefusedError


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--host", default="localhost", help="the primary host")
    parser.add_argument("--port", type=int, default=5556, help="its control port")
    options = parser.parse_args()
    keyboard, refused = sys.stdin.isatty(), 0
    try:
        while line := _read(keyboard):
            if line.strip():
                refused += not _play(line, options.host, options.port)
    except KeyboardInterrupt:
        return 0
    return 1 if refused and not keyboard else 0


def _read(keyboard: bool) -> str:
    """The next line with its end, or nothing at the end of all input."""
    if keyboard:
        print("> ", end="", flush=True)
    return sys.stdin.readline()


def _play(line: str, host: str, port: int) -> bool:
    """Do what the line says and print what came of it; False when it was refused."""
    try:
        target = request_for(line)
        print(HELP if target is None else answer_for(line, ask(host, port, target)))
    except RefusedError as error:
        print(error, file=sys.stderr)
        return False
    except (OSError, http.client.HTTPException, ValueError) as error:
        print(f"{host}:{port} does not answer: {error}", file=sys.stderr)
        return False
    return True


def ask(host: str, port: int, target: str) -> dict[str, object]:
    """The answer to a GET; RefusedError with the host's own sentence when it says no."""
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", target)
        response = connection.getresponse()
        answer = json.loads(response.read(4_000_000))
    finally:
        connection.close()
    if response.status != http.client.OK:
        raise RefusedError(str(answer.get("detail") or answer.get("error") or answer))
    return dict(answer)


if __name__ == "__main__":
    raise SystemExit(main())
