"""The type of a decoded picture in every room."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Pixels: TypeAlias = NDArray[np.uint8]  # height x width x 3, RGB unless stated otherwise
