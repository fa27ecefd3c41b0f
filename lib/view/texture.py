"""A texture that takes pictures as planes, RGB or RGBA."""

from __future__ import annotations

import ctypes
from typing import Any

import cv2
import numpy as np

from lib.core.geometry import Box, Size
from lib.core.pixels import Pixels
from lib.pictures.header import JpegError
from lib.view.sdl import done, made, sdl2

_Bytes = ctypes.POINTER(ctypes.c_ubyte)
_FORMATS = {3: sdl2.SDL_PIXELFORMAT_RGB24, 4: sdl2.SDL_PIXELFORMAT_RGBA32}


class Texture:
    """Empty at first; made again when the size or the format of the picture changes."""

    def __init__(self, renderer: Any, mirror: bool = False) -> None:
        self._renderer = renderer
        # Mirrored before the upload, which costs 0.1 ms: SDL's own renderer needs 20 for it.
        self.mirror = mirror  # applies to pictures put on it from now on
        self._texture: Any = None
        self._made: tuple[int, Size] | None = None

    @property
    def size(self) -> Size | None:
        """The size of the picture on it, or None while it is empty."""
        return self._made[1] if self._made else None

    def put_planes(self, size: Size, planes: tuple[Pixels, Pixels, Pixels]) -> None:
        """Put on Y, U and V, colour at half the sides. Rows may be longer than the picture is wide,
        since the decoder rounds odd sides up."""
        half = Size((size.width + 1) // 2, (size.height + 1) // 2)
        rows: list[Any] = []
        kept = []  # keeps alive what the pointers refer to until they are used
        for plane, needed in zip(planes, (size, half, half), strict=True):
            if plane.shape[0] < needed.height or plane.shape[1] < needed.width:
                raise JpegError(f"a plane of {plane.shape[::-1]} is too small for {size}")
            kept.append(self._turned(plane, needed.width))
            rows += (_bytes(kept[-1]), kept[-1].strides[0])
        self._make(sdl2.SDL_PIXELFORMAT_IYUV, size)
        code = sdl2.SDL_UpdateYUVTexture(self._texture, None, *rows)
        done(code, "the picture cannot be handed to the screen")

    def put_pixels(self, pixels: Pixels) -> None:
        """Put on pixels, height x width x 3 (RGB) or 4 (RGBA)."""
        pixels = self._turned(np.ascontiguousarray(pixels), pixels.shape[1])
        height, width, depth = pixels.shape
        self._make(_FORMATS[depth], Size(width, height))
        code = sdl2.SDL_UpdateTexture(self._texture, None, _bytes(pixels), pixels.strides[0])
        done(code, "the picture cannot be handed to the screen")

    def draw(self, box: Box, opacity: float, blend: int) -> None:
        """Draw the texture, darkened by its opacity: on black, or added to what is there, that
        equals transparency, and costs no blending."""
        if self._texture is None or opacity <= 0:
            return
        shade = round(255 * opacity)
        done(sdl2.SDL_SetTextureBlendMode(self._texture, blend), "no such blending")
        done(sdl2.SDL_SetTextureColorMod(self._texture, shade, shade, shade), "no fading")
        code = sdl2.SDL_RenderCopy(self._renderer, self._texture, None, sdl2.SDL_Rect(*box))
        done(code, "the picture cannot be drawn")

    def close(self) -> None:
        if self._texture is not None:
            sdl2.SDL_DestroyTexture(self._texture)
        self._texture, self._made = None, None

    def _turned(self, rows: Pixels, width: int) -> Pixels:
        return np.asarray(cv2.flip(rows[:, :width], 1), np.uint8) if self.mirror else rows

    def _make(self, pixel_format: int, size: Size) -> None:
        if self._made == (pixel_format, size):
            return
        self.close()
        access = sdl2.SDL_TEXTUREACCESS_STREAMING
        texture = sdl2.SDL_CreateTexture(self._renderer, pixel_format, access, *size)
        self._texture = made(texture, f"no texture of {size}")
        sdl2.SDL_SetTextureScaleMode(self._texture, sdl2.SDL_ScaleModeLinear)
        self._made = (pixel_format, size)


def _bytes(pixels: Pixels) -> Any:
    return ctypes.cast(pixels.ctypes.data, _Bytes)
