"""A worker in thirty lines: it knows only PULL 5555, PUSH 5558 and five keys.

pip install pyzmq msgpack opencv-python-headless
python worker.py 192.168.1.10
python worker.py 192.168.1.10 5555 5558 keys    # a folder of make-keys.sh, where KEYS is set
"""

import sys

import cv2
import msgpack
import numpy as np
import zmq
from zmq.auth import load_certificate

host = sys.argv[1] if len(sys.argv) > 1 else "localhost"
job_port, result_port = (int(port) for port in (*sys.argv[2:4], 5555, 5558)[:2])
context = zmq.Context()
jobs, results = context.socket(zmq.PULL), context.socket(zmq.PUSH)
for socket in (jobs, results) if len(sys.argv) > 4 else ():
    own = f"{sys.argv[4]}/worker.key_secret"
    socket.curve_publickey, socket.curve_secretkey = load_certificate(own)
    socket.curve_serverkey, _ = load_certificate(f"{sys.argv[4]}/primary.key")
jobs.connect(f"tcp://{host}:{job_port}")
results.connect(f"tcp://{host}:{result_port}")

while True:
    job = msgpack.unpackb(jobs.recv())
    for timestamp, index, jpg in zip(job["timestamps"], job["indices"], job["frames"]):
        picture = cv2.imdecode(np.frombuffer(jpg, np.uint8), cv2.IMREAD_COLOR)
        picture = cv2.applyColorMap(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), cv2.COLORMAP_OCEAN)
        jpg = cv2.imencode(".jpg", picture)[1].tobytes()
        results.send(
            msgpack.packb(
                {"timestamp": timestamp, "index": index, "jpg": jpg, "worker_id": "thirty-lines"}
            )
        )
