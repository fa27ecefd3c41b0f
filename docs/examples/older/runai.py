"""A client of the protocol runai, in the standard library.

python runai.py localhost:50006 "a red house by the sea" house.png
"""

import base64
import json
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

CHUNK = 1024
CANCEL, QUIT = b"c" * CHUNK, b"x" * CHUNK


class Runai:
    """One connection."""

    def __init__(self, host: str, port: int) -> None:
        self._socket = socket.create_connection((host, port))

    def send(self, action: str, **options: object) -> None:
        text = json.dumps({"action": action, "options": options}).encode()
        self._socket.sendall(text + bytes(-len(text) % CHUNK) + bytes(CHUNK))

    def control(self, chunk: bytes) -> None:
        """CANCEL ends what runs; QUIT asks the server to end."""
        self._socket.sendall(chunk)

    def messages(self) -> Iterator[dict[str, Any]]:
        """Progress and pictures as they come, until the server closes the connection."""
        text = b""
        while chunk := self._chunk():
            if part := chunk.strip(b"\0"):
                text += part
            elif text:
                yield json.loads(text)
                text = b""

    def _chunk(self) -> bytes:
        data = b""
        while len(data) < CHUNK:
            piece = self._socket.recv(CHUNK - len(data))
            if not piece:
                return b""
            data += piece
        return data

    def close(self) -> None:
        self._socket.close()


if __name__ == "__main__":
    server, prompt, file = sys.argv[1:]
    host, _, port = server.rpartition(":")
    runai = Runai(host, int(port))
    runai.send("txt2img", txt2img_prompt=prompt, txt2img_steps=8)
    for message in runai.messages():
        if "error" in message:
            sys.exit(message["error"])
        if "image" in message:
            Path(file).write_bytes(base64.b64decode(message["image"]))
            break
        print(f"step {message['step']} of {message['total']}")
    else:
        sys.exit("the server closed the connection before the picture came")
