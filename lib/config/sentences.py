"""Says what is wrong with a value in one sentence of ours.

Pydantic finds it; its own messages ("Input should be ...") are never shown. A field with a
better answer than the table below gives it with `must_be`.
"""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError, ValidatorFunctionWrapHandler, WrapValidator

LONGEST_SHOWN = 80  # characters of a wrong value that a sentence repeats

# By pydantic's type of error; what stands in braces is in the error's context.
_WORDS = {
    "missing": "is missing",
    "extra_forbidden": "is unknown",
    "bool_parsing": "must be TRUE or FALSE",
    "bool_type": "must be TRUE or FALSE",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a smaller number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "finite_number": "must be a number",
    "greater_than": "must be greater than {gt}",
    "greater_than_equal": "must be greater than or equal to {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be less than or equal to {le}",
    "multiple_of": "must be a multiple of {multiple_of}",
    "literal_error": "must be {expected}",
    "string_type": "must be a text",
    "string_unicode": "must be a text",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "string_pattern_mismatch": "must have another form",
    "list_type": "must be a list",
    "too_short": "must have at least {min_length} of them",
    "too_long": "must have at most {max_length} of them",
    "dict_type": "must be an object",
    "model_type": "must be an object",
}


def sentence(error: Any) -> str:
    """What is allowed, from one of pydantic's errors."""
    name = str(error["loc"][0]) if error["loc"] else ""
    reason = _reason(error)
    if not name or reason.startswith(name):
        return reason
    is_ours = error["type"] == "value_error"
    if is_ours and not reason.startswith("must"):
        reason = f"is wrong: {reason}"
    elif is_ours or error["type"] in ("missing", "extra_forbidden"):  # the value says no more
        return f"{name} {reason}"
    value = repr(error["input"])
    value = value if len(value) <= LONGEST_SHOWN else value[:LONGEST_SHOWN] + "…"
    return f"{name} {reason}, not {value}"


def must_be(allowed: str) -> WrapValidator:
    """Whatever is wrong with a value, the sentence says what it may be."""

    def check(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
        try:
            return handler(value)
        except ValidationError as error:
            raise ValueError(f"must be {allowed}") from error

    return WrapValidator(check)


def _reason(error: Any) -> str:
    if error["type"] == "value_error":  # from a validator of ours
        return str(error["ctx"]["error"])
    words = _WORDS.get(error["type"], "must be something else")
    bounds = error.get("ctx", {}).items()
    return words.format(**{name: _whole(bound) for name, bound in bounds})


def _whole(bound: object) -> object:
    return int(bound) if isinstance(bound, float) and bound.is_integer() else bound
