"""Triton's kernel for GroupNorm over pictures that lie channels last, and over sums of them.

A group is a narrow band of channels in every row of such a picture. One program takes a group and
reads it twice: for its mean and variance, and to write. A large group is cut into chunks instead,
because a few programs would leave most of the GPU idle: then one launch sums, and another writes.
"""

# ruff: noqa: N803, PLR0912, PLR0913, PLR0915, PLR0917 - a kernel takes all that it needs, it is one
# function, and Triton's constants have capitals

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from lib.engine.turbo.group_norm import LARGE, NormInput

TILE = 4096  # numbers that a program holds at once
WARPS = 8
CHUNK = 1 << 15


@triton.jit  # type: ignore[untyped-decorator] # it ships no types
def _load(  # type: ignore[no-untyped-def] # its types are Triton's
    x,
    added,
    skip,
    offset,
    row,
    channel,
    used,
    channels,
    others,
    ADDED: tl.constexpr,
    JOINED: tl.constexpr,
    WHOLE: tl.constexpr,
):
    """What is normalised, of these rows and channels."""
    mine = used
    if JOINED:
        mine = used & (channel < channels)[None, :]
    at = row[:, None] * channels + channel[None, :]
    seen = tl.load(x + at, mask=mine, other=0.0).to(tl.float32)
    if ADDED:
        seen += tl.load(added + at, mask=mine, other=0.0).to(tl.float32)
    if JOINED:
        theirs = used & (channel >= channels)[None, :]
        at = row[:, None] * others + (channel - channels)[None, :]
        seen += tl.load(skip + at, mask=theirs, other=0.0).to(tl.float32)
    seen += offset[None, :]
    if WHOLE:  # what is written is what is normalised
        seen = seen.to(x.dtype.element_ty).to(tl.float32)
    return seen


# Compiled anew for each width of a group, and for no size of picture: a new size comes while a show
# runs, and a frame would wait for the compiler.
@triton.jit(do_not_specialize=["rows", "shift_step", "chunk", "chunks"])  # type: ignore[untyped-decorator] # the same
def _normalize(  # type: ignore[no-untyped-def] # the same
    x,
    added,
    skip,
    shift,
    weight,
    bias,
    extra,
    sums,
    out,
    whole,
    rows,
    channels,
    others,
    shift_step,
    eps,
    chunk,
    chunks,
    WIDTH: tl.constexpr,
    COLUMNS: tl.constexpr,
    ROWS: tl.constexpr,
    ADDED: tl.constexpr,
    JOINED: tl.constexpr,
    SHIFTED: tl.constexpr,
    EXTRA: tl.constexpr,
    WHOLE: tl.constexpr,
    SILU: tl.constexpr,
    READS: tl.constexpr,
    WRITES: tl.constexpr,
):
    group, part, picture = tl.program_id(0), tl.program_id(1), tl.program_id(2)
    columns = tl.arange(0, COLUMNS)
    inside = columns < WIDTH
    channel = group * WIDTH + columns
    first = picture.to(tl.int64) * rows
    begin, end = part * chunk, tl.minimum(part * chunk + chunk, rows)
    offset = tl.zeros([COLUMNS], tl.float32)
    if SHIFTED:
        shifts = inside & (channel < channels)
        offset += tl.load(shift + picture * shift_step + channel, mask=shifts, other=0.0)
    # Distances to one of the group's numbers: a mean far from zero costs no places in the squares.
    if JOINED:
        is_mine = group * WIDTH < channels
        pivot = tl.load(x + first * channels + group * WIDTH, mask=is_mine, other=0.0)
        pivot += tl.load(
            skip + first * others + group * WIDTH - channels,
            mask=group * WIDTH >= channels,
            other=0.0,
        )
    else:
        pivot = tl.load(x + first * channels + group * WIDTH)
    pivot = pivot.to(tl.float32)
    kept = sums + ((picture * tl.num_programs(0) + group) * chunks) * 2
    if READS:
        total = tl.zeros([ROWS, COLUMNS], tl.float32)
        squares = tl.zeros([ROWS, COLUMNS], tl.float32)
        for start in range(begin, end, ROWS):
            row = start + tl.arange(0, ROWS)
            used = (row < end)[:, None] & inside[None, :]
            seen = _load(
                x, added, skip, offset, first + row, channel, used, channels, others,
                ADDED, JOINED, WHOLE,
            )  # fmt: skip
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
        moved -= (pivot + away) * scale
        for start in range(begin, end, ROWS):
            row = start + tl.arange(0, ROWS)
            used = (row < end)[:, None] & inside[None, :]
            seen = _load(
                x, added, skip, offset, first + row, channel, used, channels, others,
                ADDED, JOINED, WHOLE,
            )  # fmt: skip
            made = seen * scale[None, :] + moved[None, :]
            if SILU:
                made = made / (1.0 + tl.exp(-made))
            at = (first + row)[:, None] * (channels + others) + channel[None, :]
            tl.store(out + at, made.to(out.dtype.element_ty), mask=used)
            if WHOLE:
                if EXTRA:
                    more = tl.load(extra + channel, mask=inside, other=0.0).to(tl.float32)
                    seen += more[None, :]
                tl.store(whole + at, seen.to(whole.dtype.element_ty), mask=used)


def normalize(given: NormInput) -> tuple[Tensor, Tensor]:
    """Channels last: normalised, and what was normalised."""
    x, skip, weight, shift = given.x, given.skip, given.weight, given.shift
    last = {"memory_format": torch.channels_last}
    x = x.contiguous(**last)
    added = None if given.added is None else given.added.contiguous(**last)
    skip = None if skip is None else skip.contiguous(**last)
    pictures, channels, height, width = x.shape
    others = 0 if skip is None else skip.shape[1]
    out = torch.empty_like(x) if skip is None else _empty(x, channels + others)
    whole = torch.empty_like(out) if given.whole else x
    rows, band = height * width, (channels + others) // given.groups
    cut = rows * band > LARGE
    chunk = max(1, CHUNK // band) if cut else rows
    chunks = triton.cdiv(rows, chunk)
    columns = triton.next_power_of_2(band)
    sums = x.new_empty((pictures, given.groups, chunks, 2), dtype=torch.float32) if cut else weight
    if shift is not None and shift.stride(1) != 1:
        shift = shift.contiguous()
    step = 0 if shift is None or shift.shape[0] == 1 else shift.stride(0)
    tensors = (x, *(x if one is None else one for one in (added, skip)))
    tensors += (weight if shift is None else shift, weight, given.bias)
    tensors += (weight if given.extra is None else given.extra, sums, out, whole)
    numbers = rows, channels, others, step, given.eps, chunk, chunks
    sizes = {"WIDTH": band, "COLUMNS": columns, "ROWS": max(1, TILE // columns)}
    sizes |= {"ADDED": added is not None, "JOINED": skip is not None, "SHIFTED": shift is not None}
    sizes |= {"EXTRA": given.extra is not None, "WHOLE": given.whole, "SILU": given.silu}
    grid = (given.groups, chunks, pictures)
    for reads, writes in ((True, False), (False, True)) if cut else ((True, True),):
        _normalize[grid](*tensors, *numbers, **sizes, READS=reads, WRITES=writes, num_warps=WARPS)
    return out, whole


def _empty(like: Tensor, channels: int) -> Tensor:
    pictures, _, height, width = like.shape
    return like.new_empty((pictures, height, width, channels)).permute(0, 3, 1, 2)
