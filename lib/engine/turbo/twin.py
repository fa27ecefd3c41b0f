"""Two trees of modules over one set of tensors.

The intact one is what diffusers' own pipelines take. The lean one is a twin whose modules are taken
apart and replaced, which changes nothing for the first.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import TypeVar

import torch
from torch import Tensor, nn

M = TypeVar("M", bound=nn.Module)


def twin(module: M) -> M:
    """The same modules once more, with the same parameters: no byte is copied."""
    kept = [*module.parameters(), *module.buffers()]
    return copy.deepcopy(module, {id(one): one for one in kept})


def join(tensors: Sequence[Tensor]) -> Tensor:
    """All rows in one tensor, of which each of them becomes a view: nothing is held twice."""
    joined = torch.cat([one.detach() for one in tensors])
    parts = joined.split([one.shape[0] for one in tensors])
    for one, part in zip(tensors, parts, strict=True):
        one.data = part
    return joined
