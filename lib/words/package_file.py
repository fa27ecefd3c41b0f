"""Finds files inside installed packages, and verifies that they are the known ones."""

from __future__ import annotations

import hashlib
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from lib.files import open_regular


class PackageFile(NamedTuple):
    """One file inside an installed package."""

    package: str
    version: str
    path: str
    sha256: str


class PackageFileError(Exception):
    """A sentence that names the file that is missing, or is not the known one."""


VECTORS = PackageFile(
    "wordllama",
    "0.4.0.post1",
    "wordllama/weights/l2_supercat_256.safetensors",
    "64b47a2dc493cb8e85944076601189739852d7b64e0e1eedcb1937a251cd9fd5",
)
TOKENIZER = PackageFile(
    "wordllama",
    "0.4.0.post1",
    "wordllama/tokenizers/l2_supercat_tokenizer_config.json",
    "93248f2a9ec36c7b35f700a033d5f36228aae48db61aee31007fa49062cdeb68",
)


def find(asset: PackageFile) -> Path:
    """The file's path. The package is not imported, because wordllama's import needs more
    packages."""
    try:
        package = metadata.distribution(asset.package)
    except metadata.PackageNotFoundError:
        raise PackageFileError(f"the package {asset.package} is not installed") from None
    path = Path(str(package.locate_file(asset.path)))
    try:
        with open_regular(path) as file:
            digest = hashlib.sha256()
            while block := file.read(1 << 20):  # in pieces, to save memory
                digest.update(block)
    except OSError as error:
        raise PackageFileError(f"{path} cannot be read: {error.strerror or error}") from error
    if digest.hexdigest() != asset.sha256:
        raise PackageFileError(
            f"{path} is not the file that {asset.package} {asset.version} brings "
            f"(installed: {package.version})"
        )
    return path
