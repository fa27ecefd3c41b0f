"""Triton's kernel for GroupNorm over pictures that lie channels last.

A group is a narrow band of channels in every row of such a picture. One program takes a group and
reads it twice: for its mean and variance, and to write. A large group is cut into chunks instead,
because a few programs would leave most of the GPU idle: then one launch sums, and another writes.
"""

# ruff: noqa: N803, PLR0913, PLR0917 - a kernel takes all that it needs, and Triton's constants have
# capitals

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from lib.engine.turbo.group_norm import LARGE, NormInput

TILE = 4096  # numbers that a program holds at once
WARPS = 8
CHUNK = 1 << 15


# Compiled anew for each width of a group, and for no size of picture: a new size comes while a show
# runs, and a frame would wait for the compiler.
@triton.jit(do_not_specialize=["rows", "shift_step", "chunk", "chunks"])  # type: ignore[untyped-decorator] # it ships no types
def _normalize(  # type: ignore[no-untyped-def] # its types are Triton's
    x,
    shift,
    weight,
    bias,
    sums,
    out,
    rows,
    channels,
    shift_step,
    eps,
    chunk,
    chunks,
    WIDTH: tl.constexpr,
    COLUMNS: tl.constexpr,
    ROWS: tl.constexpr,
    SHIFTED: tl.constexpr,
    SILU: tl.constexpr,
    READS: tl.constexpr,
    WRITES: tl.constexpr,
):
    group, part, picture = tl.program_id(0), tl.program_id(1), tl.program_id(2)
    columns = tl.arange(0, COLUMNS)
    inside = columns < WIDTH
    channel = group * WIDTH + columns
    first = picture.to(tl.int64) * rows * channels
    begin, end = part * chunk, tl.minimum(part * chunk + chunk, rows)
    added = tl.zeros([COLUMNS], tl.float32)
    if SHIFTED:
        added += tl.load(shift + picture * shift_step + channel, mask=inside, other=0.0)
    # Distances to the group's first number: a mean far from zero costs no places in the squares.
    pivot = tl.load(x + first + group * WIDTH).to(tl.float32)
    kept = sums + ((picture * tl.num_programs(0) + group) * chunks) * 2
    if READS:
        total = tl.zeros([ROWS, COLUMNS], tl.float32)
        squares = tl.zeros([ROWS, COLUMNS], tl.float32)
        for start in range(begin, end, ROWS):
            row = start + tl.arange(0, ROWS)
            used = (row < end)[:, None] & inside[None, :]
            at = first + row.to(tl.int64)[:, None] * channels + channel[None, :]
            seen = tl.load(x + at, mask=used, other=0.0).to(tl.float32) + added[None, :]
            away = tl.where(used, seen - pivot, 0.0)
            total += away
            squares += away * away
        sum_1, sum_2 = tl.sum(total), tl.sum(squares)
        if not WRITES:
            tl.store(kept + part * 2, sum_1)
            tl.store(kept + part * 2 + 1, sum_2)
    else:
        sum_1, sum_2 = 0.0, 0.0
        for one in range(chunks):
            sum_1 += tl.load(kept + one * 2)
            sum_2 += tl.load(kept + one * 2 + 1)
    if WRITES:
        count = rows * WIDTH
        away = sum_1 / count
        spread = tl.maximum(sum_2 / count - away * away, 0.0)
        scale = tl.load(weight + channel, mask=inside, other=0.0).to(tl.float32)
        scale = scale * (1.0 / tl.sqrt(spread + eps))
        moved = tl.load(bias + channel, mask=inside, other=0.0).to(tl.float32)
        moved += (added - pivot - away) * scale
        for start in range(begin, end, ROWS):
            row = start + tl.arange(0, ROWS)
            used = (row < end)[:, None] & inside[None, :]
            at = first + row.to(tl.int64)[:, None] * channels + channel[None, :]
            seen = tl.load(x + at, mask=used, other=0.0).to(tl.float32)
            made = seen * scale[None, :] + moved[None, :]
            if SILU:
                made = made / (1.0 + tl.exp(-made))
            tl.store(out + at, made.to(out.dtype.element_ty), mask=used)


def normalize(given: NormInput) -> Tensor:
    """Channels last."""
    x, shift, weight, bias, groups, eps, silu = given
    x = x.contiguous(memory_format=torch.channels_last)
    out = torch.empty_like(x)
    pictures, channels, height, width = x.shape
    rows, band = height * width, channels // groups
    cut = rows * band > LARGE
    chunk = max(1, CHUNK // band) if cut else rows
    chunks = triton.cdiv(rows, chunk)
    columns = triton.next_power_of_2(band)
    sums = x.new_empty((pictures, groups, chunks, 2), dtype=torch.float32) if cut else weight
    if shift is not None and shift.stride(1) != 1:
        shift = shift.contiguous()
    step = 0 if shift is None or shift.shape[0] == 1 else shift.stride(0)
    tensors = x, weight if shift is None else shift, weight, bias, sums, out
    numbers = rows, channels, step, eps, chunk, chunks
    sizes = {"WIDTH": band, "COLUMNS": columns, "ROWS": max(1, TILE // columns)}
    sizes |= {"SHIFTED": shift is not None, "SILU": silu}
    grid = (groups, chunks, pictures)
    for reads, writes in ((True, False), (False, True)) if cut else ((True, True),):
        _normalize[grid](*tensors, *numbers, **sizes, READS=reads, WRITES=writes, num_warps=WARPS)
    return out
