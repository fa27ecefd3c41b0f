"""A client of the protocol sde, in the standard library.

python sde.py localhost:9090 "a red house by the sea" house.png
"""

import base64
import json
import sys
import time
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen


def available(server: str) -> bool:
    with urlopen(f"http://{server}/server/status") as answer:
        return bool(json.load(answer)["is_available"])


def generate(server: str, prompt: str, dry_run: bool = False) -> str:
    """Begin a picture; the uuid of its result to be."""
    body = json.dumps({"prompt": prompt, "dry_run": dry_run}).encode()
    ask = Request(f"http://{server}/image/generate", body, {"Content-Type": "application/json"})
    with urlopen(ask) as answer:
        return str(json.load(answer)["generation_uuid"])


def result(server: str, uuid: str) -> dict[str, Any]:
    """Its result, as soon as there is one."""
    while True:
        with urlopen(f"http://{server}/image/generate?generation_uuid={uuid}") as answer:
            found = json.load(answer)
        if found:
            return dict(found[0])
        time.sleep(0.5)


if __name__ == "__main__":
    server, prompt, file = sys.argv[1:]
    found = result(server, generate(server, prompt))
    if found["data"] is None:
        sys.exit("; ".join(found["errors"]))
    Path(file).write_bytes(base64.b64decode(found["data"]))
