"""What makes another picture of a picture: the engines, and the choice between them.

Lives in the process of a worker: an engine is opened on its main thread, before the first frame,
and then belongs to the thread of Generate. The only room that loads torch or onnxruntime, and only
once an engine is to be opened. It knows no wire and no codec: pixels and parameters go in, pixels
come out.
"""

import os

# onnxruntime 1.31 tells its makers about each use of it, and keeps a number for this machine
# in the owner's cache. It is read when the library is loaded.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
