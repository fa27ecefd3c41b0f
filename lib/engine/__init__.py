"""What makes another picture of a picture: the engines, and the choice between them.

Lives in the process of a worker: an engine is opened on its main thread, before the first frame,
and then belongs to the thread of Generate. The only room that loads torch or onnxruntime, and only
once an engine is to be opened. It knows no wire and no codec: pixels and parameters go in, pixels
come out.
"""
