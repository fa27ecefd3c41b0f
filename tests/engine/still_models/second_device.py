"""A device beside the processor, for what is moved there and back. It computes with real numbers.

Its tensors call themselves `meta`, a type of device that every build of torch knows, and hold their
numbers in the processor's memory. As on a GPU, no operation takes tensors of two devices, and a
tensor takes up memory until nobody holds it any more. Streams, speed and a memory that is too
small stay unseen.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

DEVICE = torch.device("meta", 0)
_aten = torch.ops.aten
_MOVES = (_aten._to_copy.default, _aten.copy_.default)


class There(Tensor):
    """A tensor of that device."""

    numbers: Tensor

    @staticmethod
    def __new__(cls, numbers: Tensor) -> There:
        made: There = Tensor._make_wrapper_subclass(  # type: ignore[attr-defined]
            cls, numbers.size(), numbers.stride(), numbers.storage_offset(),
            dtype=numbers.dtype, device=DEVICE,
        )  # fmt: skip
        made.numbers = numbers
        return made

    def __getitem__(self, index: Any) -> Tensor:
        # torch itself would make a tensor of a list on the real meta, where it has no numbers.
        there = torch.tensor(index).to(DEVICE) if isinstance(index, list) else index
        return super().__getitem__(there)

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _computed(func, args, kwargs or {})


class SecondDevice(TorchDispatchMode):
    """While it is entered tensors can be made there, on this thread."""

    def __init__(self) -> None:
        super().__init__()
        self.most_bytes = 0  # that were held there at once
        self._made: list[weakref.ref[There]] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = _computed(func, args, kwargs or {})
        if isinstance(made, There):
            self._made.append(weakref.ref(made))
            if func in _MOVES:
                self.most_bytes = max(self.most_bytes, self.bytes)
        return made

    @property
    def bytes(self) -> int:
        held = [one for made in self._made if (one := made()) is not None]
        self._made = [weakref.ref(one) for one in held]
        storages = [one.numbers.untyped_storage() for one in held]
        return sum({one.data_ptr(): one.nbytes() for one in storages}.values())


def _computed(func: Any, args: Any, kwargs: Any) -> Any:
    given: list[Tensor] = []
    _each((args, *kwargs.values()), given.append)
    there = [one for one in given if isinstance(one, There)]
    here = [one for one in given if not isinstance(one, There) and one.dim()]
    if there and here and func not in _MOVES:
        raise RuntimeError(f"{func}: expected all tensors to be on the same device")
    device = kwargs.get("device")
    if func is _aten.copy_.default:
        ends_there = isinstance(args[0], There)
    else:
        ends_there = bool(there) if device is None else device.type == DEVICE.type
    plain = {name: _each(one, _numbers) for name, one in kwargs.items()}
    if device is not None:
        plain["device"] = torch.device("cpu")
    made = func(*_each(args, _numbers), **plain)
    known = {id(one.numbers): one for one in there}  # what was changed in its place is the same
    return (
        _each(made, lambda one: known[id(one)] if id(one) in known else There(one))
        if ends_there
        else made
    )


def _each(one: Any, change: Callable[[Tensor], Any]) -> Any:
    """What operations take and make; torch's own way through it takes five times as long."""
    if isinstance(one, Tensor):
        return change(one)
    if isinstance(one, (list, tuple)):
        return [*map(partial(_each, change=change), one)]
    return one


def _numbers(one: Tensor) -> Tensor:
    return one.numbers if isinstance(one, There) else one


@contextmanager
def second_device() -> Iterator[SecondDevice]:
    """Stills that are opened meanwhile take it for their GPU."""
    from lib.engine.stills import memory_use, opening
    from tests.engine.turbo.stand_in_gpu import StandInGpu

    with pytest.MonkeyPatch.context() as patch, SecondDevice() as device:
        StandInGpu().install(patch)
        patch.setattr(torch, "meta", torch.cuda, raising=False)
        patch.setattr(memory_use, "on_gpu", lambda one: one.type == DEVICE.type)
        patch.setattr(opening, "choose_device", lambda _asked: DEVICE)
        patch.setattr(opening, "device_name", lambda _device: "a second device")
        overwrites = torch.__future__.get_overwrite_module_params_on_conversion()
        # A wrapper cannot be put into a tensor that is there.
        torch.__future__.set_overwrite_module_params_on_conversion(True)
        try:
            yield device
        finally:
            torch.__future__.set_overwrite_module_params_on_conversion(overwrites)
