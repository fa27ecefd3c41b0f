"""A client and a worker of the protocol intermediary, in the standard library.

python intermediary.py localhost:3000 "a red house by the sea" house.png
python intermediary.py localhost:3000 --work some.png      # answers every job with this file
"""

import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen


def picture(server: str, prompt: str) -> bytes:
    """The picture of this prompt, as PNG, however long it takes."""
    with urlopen(f"http://{server}/gen-image?{urlencode({'prompt': prompt})}") as answer:
        return bytes(answer.read())


def work(server: str, png: bytes) -> str:
    """Wait for one job, and hand this picture in as its result; the prompt that it had."""
    while True:
        try:
            ask = Request(f"http://{server}/next-image-to-generate", method="POST")
            with urlopen(ask) as answer:
                number, _, prompt = answer.read().decode().partition("\n")
            break
        except (URLError, ConnectionError):  # a proxy that cuts, a server that starts again
            time.sleep(5)
    hand_in = Request(f"http://{server}/submit-image?id={number}", data=png, method="POST")
    with urlopen(hand_in) as answer:
        assert answer.read() == b"good job"
    return prompt


if __name__ == "__main__":
    server, what, file = sys.argv[1:]
    if what == "--work":
        print(work(server, Path(file).read_bytes()))
    else:
        Path(file).write_bytes(picture(server, what))
