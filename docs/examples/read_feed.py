"""Reads the public feed in ten lines: prints each frame's number, size and age.

python read_feed.py tcp://192.168.1.10:5557 [FOLDER]    # with primary.key and viewer.key_secret
"""

import sys, time, msgpack, zmq, zmq.auth  # pip install pyzmq msgpack

feed = zmq.Context().socket(zmq.SUB)
feed.setsockopt(zmq.SUBSCRIBE, b"")
if len(sys.argv) > 2:
    own = f"{sys.argv[2]}/viewer.key_secret"
    feed.curve_publickey, feed.curve_secretkey = zmq.auth.load_certificate(own)
    feed.curve_serverkey, _ = zmq.auth.load_certificate(f"{sys.argv[2]}/primary.key")
feed.connect(sys.argv[1] if len(sys.argv) > 1 else "tcp://localhost:5557")
while True:
    timestamp, index, jpg = msgpack.unpackb(feed.recv())
    print(
        f"frame {index}: {len(jpg)} bytes, {time.time() * 1000 - timestamp:.0f} ms old", flush=True
    )
