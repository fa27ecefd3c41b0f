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
import sys

import websockets

ADDRESS = "127.0.0.1"
PREVIEW_FPS = 15
SLOW_BYTES, SLOW_S = 1024, 0.25


class Pages:
    """All of them, in one process of their own."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.pictures = self.texts = self.moving = 0

    async def live(self, slow: bool) -> None:
        """For ever: a page that was let go for its slowness comes again, as the real one does."""
        while True:
            try:
                await self._live(slow)
            except (OSError, websockets.WebSocketException):
                await asyncio.sleep(1)

    async def _live(self, slow: bool) -> None:
        url = f"ws://{ADDRESS}:{self._port}/live"
        async with websockets.connect(url, max_size=2**24, compression=None) as socket:
            await socket.send(json.dumps({"type": "preview", "fps": PREVIEW_FPS}))
            if slow:
                socket.transport.pause_reading()
                await asyncio.sleep(3600)
            async for message in socket:
                if isinstance(message, bytes):
                    self.pictures += 1
                    await socket.send('{"type":"seen"}')
                else:
                    self.texts += 1

    async def mjpg(self, slow: bool) -> None:
        while True:
            try:
                await self._mjpg(slow)
            except OSError:
                await asyncio.sleep(1)

    async def _mjpg(self, slow: bool) -> None:
        reader, writer = await asyncio.open_connection(ADDRESS, self._port, limit=2**16)
        request = f"GET /preview.mjpg HTTP/1.1\r\nHost: {ADDRESS}:{self._port}\r\n\r\n"
        writer.write(request.encode())
        try:
            while data := await reader.read(SLOW_BYTES if slow else 2**16):
                self.moving += data.count(b"Content-Type: image/jpeg")
                if slow:
                    await asyncio.sleep(SLOW_S)
        finally:
            writer.close()


async def run(options: argparse.Namespace) -> None:
    pages = Pages(options.settings_port)
    tasks = [pages.live(slow=False) for _ in range(options.live)]
    tasks += [pages.mjpg(slow=False) for _ in range(options.moving)]
    tasks += [(pages.mjpg if n % 2 else pages.live)(slow=True) for n in range(options.slow)]
    everybody = asyncio.gather(*tasks)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, everybody.cancel)
    try:
        await everybody
    except asyncio.CancelledError:
        counts = {"pictures": pages.pictures, "texts": pages.texts, "moving": pages.moving}
        print(json.dumps(counts), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--settings_port", type=int, default=5556)
    parser.add_argument("--live", type=int, default=7)
    parser.add_argument("--moving", type=int, default=1)
    parser.add_argument("--slow", type=int, default=2)
    asyncio.run(run(parser.parse_args()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
