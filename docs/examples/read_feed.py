"""Reads the public feed in ten lines: prints each frame's number, size and age."""
import sys, time, msgpack, zmq  # pip install pyzmq msgpack

feed = zmq.Context().socket(zmq.SUB)
feed.setsockopt(zmq.SUBSCRIBE, b"")
feed.connect(sys.argv[1] if len(sys.argv) > 1 else "tcp://localhost:5557")
while True:
    timestamp, index, jpg = msgpack.unpackb(feed.recv())
    print(f"frame {index}: {len(jpg)} bytes, {time.time() * 1000 - timestamp:.0f} ms old", flush=True)
