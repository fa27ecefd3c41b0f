"""Stands for open pages: they watch and listen as browsers do, some of them slowly.

    python -m bench.cost.pages --settings_port 5556 --live 7 --moving 1 --slow 2

`live` pages are connected over WS /live with pictures, and say of each that they have seen it;
`moving` ones read /preview.mjpg; of the `slow` ones every other is connected live and reads
nothing, and the rest read /preview.mjpg a kilobyte at a time.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
from collections import Counter
from collections.abc import Callable, Coroutine

import websockets

from bench.ports import LOCAL
from bench.processes import flags

PREVIEW_FPS = 15
SLOW_BYTES, SLOW_S = 1024, 0.25
SEEN: Counter[str] = Counter()  # by all of them, in one process of their own

Page = Callable[[int, bool], Coroutine[None, None, None]]


async def again_and_again(page: Page, port: int, slow: bool) -> None:
    """For ever: a page that was let go for its slowness comes again, as the real one does."""
    while True:
        try:
            await page(port, slow)
        except (OSError, websockets.WebSocketException):
            await asyncio.sleep(1)


async def live(port: int, slow: bool) -> None:
    url = f"ws://{LOCAL}:{port}/live"
    async with websockets.connect(url, max_size=2**24, compression=None) as socket:
        await socket.send(json.dumps({"type": "preview", "fps": PREVIEW_FPS}))
        if slow:
            socket.transport.pause_reading()
            await asyncio.sleep(3600)
        async for message in socket:
            if isinstance(message, bytes):
                SEEN["pictures"] += 1
                await socket.send('{"type":"seen"}')
            else:
                SEEN["texts"] += 1


async def moving(port: int, slow: bool) -> None:
    reader, writer = await asyncio.open_connection(LOCAL, port, limit=2**16)
    writer.write(f"GET /preview.mjpg HTTP/1.1\r\nHost: {LOCAL}:{port}\r\n\r\n".encode())
    try:
        while data := await reader.read(SLOW_BYTES if slow else 2**16):
            SEEN["moving"] += data.count(b"Content-Type: image/jpeg")
            if slow:
                await asyncio.sleep(SLOW_S)
    finally:
        writer.close()


async def run(options: argparse.Namespace) -> None:
    kinds = [(live, False)] * options.live + [(moving, False)] * options.moving
    kinds += [(moving if n % 2 else live, True) for n in range(options.slow)]
    everybody = asyncio.gather(
        *(again_and_again(page, options.settings_port, slow) for page, slow in kinds)
    )
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, everybody.cancel)
    try:
        await everybody
    except asyncio.CancelledError:
        print(json.dumps(SEEN), flush=True)


def main() -> int:
    parser = flags(__doc__, settings_port=5556, live=7, moving=1, slow=2)
    asyncio.run(run(parser.parse_args()))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
