"""The stand-in for a camera: read by OpenCV, lost, and back; and the program that publishes."""

from __future__ import annotations

import statistics
import time
from contextlib import ExitStack

import cv2

from bench.camera import Camera
from bench.pictures import number_of
from bench.ports import free_ports
from bench.show import steps
from lib.wire.messages import decode_picture
from lib.wire.sockets import feed_in


def numbers(port: int, count: int) -> list[int]:
    seen = cv2.VideoCapture(f"http://127.0.0.1:{port}/camera.mjpg")
    found = []
    try:
        while len(found) < count and seen.grab():
            good, pixels = seen.retrieve()
            assert good
            number = number_of(cv2.imencode(".jpg", pixels)[1].tobytes())
            assert number is not None
            found.append(number)
    finally:
        seen.release()
    return found


def test_a_camera_is_lost_and_comes_back() -> None:
    (port,) = free_ports(1)
    with Camera(port, 30) as camera:
        first = numbers(port, 5)
        assert len(first) == 5
        assert first == sorted(first)
        camera.lose()
        assert numbers(port, 5) == []
        camera.bring_back()
        again = numbers(port, 5)
        deadline_s = time.monotonic() + 20
        while not again and time.monotonic() < deadline_s:  # a busy machine opens the port late
            again = numbers(port, 5)
        assert len(again) == 5
        assert again[0] >= first[-1], "its time goes on"


def test_a_program_that_publishes_falls_silent_and_goes_on() -> None:
    (port,) = free_ports(1)
    with Camera(port, 30, "--zmq") as camera, ExitStack() as resources:
        feed = feed_in(resources, "127.0.0.1", port, latest_only=False)
        assert feed.poll(10_000)
        before = number_of(decode_picture(feed.recv()).jpg)
        camera.lose()
        time.sleep(0.2)  # what was on its way
        while feed.poll(0):
            feed.recv()
        assert not feed.poll(300)
        camera.bring_back()
        assert feed.poll(10_000)
        after = number_of(decode_picture(feed.recv()).jpg)
        assert before is not None
        assert after is not None
        assert after > before
        camera.pace(100)
        stamps = [decode_picture(feed.recv()).timestamp for _ in range(30)]
        assert statistics.median(steps(stamps)) < 20, "it is as fast as it was told to be"
