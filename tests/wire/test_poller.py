from __future__ import annotations

import time
from contextlib import ExitStack

import zmq

from lib.wire.poller import Poller, has_message
from lib.wire.wake import Wake


def test_sockets_and_descriptors_are_heard_and_nothing_is_missed() -> None:
    with ExitStack() as resources:
        context = zmq.Context()
        resources.callback(context.term)
        push, pull = context.socket(zmq.PUSH), context.socket(zmq.PULL)
        for socket in (push, pull):
            resources.callback(socket.close, 0)
        port = pull.bind_to_random_port("tcp://127.0.0.1")
        push.connect(f"tcp://127.0.0.1:{port}")
        wake = Wake(resources)
        poller = Poller(resources)
        poller.add_socket(pull)
        poller.add_descriptor(wake.fd)
        assert poller.wait(0.01) == [] or not has_message(pull)

        received = 0
        for burst in (1, 50, 3, 200, 1):
            for number in range(burst):
                push.send(b"%d" % number)
            end = time.monotonic() + 3
            while burst and time.monotonic() < end:
                for source in poller.wait(0.1):
                    assert source is pull
                    while has_message(pull):
                        pull.recv()
                        received += 1
                        burst -= 1
            assert burst == 0
        assert received == 255

        wake.set()
        assert poller.wait(1) == [wake.fd]
        wake.clear()
        started = time.monotonic()
        assert poller.wait(0.05) == []
        assert time.monotonic() - started >= 0.04
