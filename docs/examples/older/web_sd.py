"""A client of the protocol web_sd, in the standard library.

python web_sd.py localhost:6500 "a red house by the sea" house.ppm
"""

import base64
import json
import socket
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class WebSd:
    """One connection."""

    def __init__(self, host: str, port: int) -> None:
        self._socket = socket.create_connection((host, port))
        self._file = self._socket.makefile("rb")
        self._send({"connect": 1})

    def _send(self, facts: dict[str, Any]) -> None:
        text = json.dumps(facts).encode() + b"\0"
        self._socket.sendall(struct.pack("<I", len(text)) + text)

    def ask(self, kind: str, name: str, config: dict[str, Any], **bulk: object) -> None:
        """`bulk`: img, and mask for inpaint, as `picture` makes them."""
        inner = {"metadata": {"id": name}, "config": config, "bulk": bulk}
        self._send({"type": kind, "data": json.dumps({kind: inner})})

    def messages(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """What comes, and what it holds; the greeting is passed over."""
        while head := self._file.read(4):
            (length,) = struct.unpack("<I", head)
            facts = json.loads(self._file.read(length).rstrip(b"\0"))
            if "type" in facts:
                yield facts["type"], json.loads(facts["data"])[facts["type"]]

    def close(self) -> None:
        self._send({"disconnect": 1})
        self._file.close()
        self._socket.close()


def picture(pixels: bytes, width: int, height: int) -> dict[str, object]:
    """Raw RGB as the protocol has it."""
    text = base64.b64encode(pixels).decode()
    return {"id": 0, "img64": text, "x": width, "y": height, "mode": "RGB"}


if __name__ == "__main__":
    server, prompt, file = sys.argv[1:]
    host, _, port = server.rpartition(":")
    client = WebSd(host, int(port))
    client.ask("txt2img", "mine", {"prompt": prompt, "samples": 1})
    for kind, found in client.messages():
        if kind == "progress":
            print(f"{found['value']:.0%}")
            continue
        image = found["bulk"]["img"]
        head = f"P6 {image['x']} {image['y']} 255\n".encode()
        Path(file).write_bytes(head + base64.b64decode(image["img64"]))
        break
    else:
        sys.exit("the server closed the connection before the picture came")
    client.close()
