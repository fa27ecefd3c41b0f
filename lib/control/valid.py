"""From what somebody asks, or an earlier show kept, to values that may be played."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lib.control.params_table import BY_FIELD, CONTROLS, Control, RefusedError, Value, shown


def control_named(name: str) -> Control:
    """By its name for the public or its field's; RefusedError if there is none."""
    control = CONTROLS.get(name) or BY_FIELD.get(name)
    if control is None:
        raise RefusedError(f"there is no control '{shown(name)}'")
    return control


def fields_of(change: Mapping[str, object]) -> dict[str, Value]:
    """A change by field, each value allowed by itself; one that is not refuses all of it."""
    if not change:
        raise RefusedError("name at least one control to change")
    fields: dict[str, Value] = {}
    for name, value in change.items():
        control = control_named(name)
        if control.field in fields:
            raise RefusedError(f"{control.name} is there twice")
        typed = not isinstance(value, str)
        fields[control.field] = control.check(value) if typed else control.parse(str(value))
    return fields


def allowed(
    kept: Mapping[str, object], dropped: Callable[[str], object] = lambda _why: None
) -> dict[str, Value]:
    """What of it may still be played, by field; each that may not is dropped by itself."""
    values: dict[str, Value] = {}
    for name, value in kept.items():
        control = BY_FIELD.get(name)
        if control is None:
            dropped(f"'{shown(name)}' is no control of this version")
            continue
        try:
            values[name] = control.check(value)
        except RefusedError as refusal:
            dropped(str(refusal))
    return values
