"""What is wrong with a value is said in our words, whatever pydantic found."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lib.config.sentences import must_be, sentence


class Sample(BaseModel):
    model_config = ConfigDict(extra="forbid")

    flag: bool = False
    count: Annotated[int, Field(ge=1, le=50)] = 1
    share: Annotated[float, Field(gt=0.0, lt=1, allow_inf_nan=False)] = 0.5
    kind: Literal["still", "moving"] = "still"
    name: Annotated[str, Field(min_length=2, max_length=5, pattern="^[a-z]+$")] = "fog"
    names: Annotated[list[str], Field(min_length=1, max_length=2)] = ["fog"]
    at: Annotated[str, Field(pattern="^[0-9]+$"), must_be("a year")] = "2000"
    more: dict[str, str] = {}
    odd: bytes = b""


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("flag", "perhaps", "flag must be TRUE or FALSE, not 'perhaps'"),
        ("flag", [], "flag must be TRUE or FALSE, not []"),
        ("count", "two", "count must be a whole number, not 'two'"),
        ("count", 1.5, "count must be a whole number, not 1.5"),
        ("count", None, "count must be a whole number, not None"),
        ("count", 0, "count must be greater than or equal to 1, not 0"),
        ("count", 51, "count must be less than or equal to 50, not 51"),
        ("share", 0, "share must be greater than 0, not 0"),
        ("share", 1, "share must be less than 1, not 1"),
        ("share", "much", "share must be a number, not 'much'"),
        ("share", float("inf"), "share must be a number, not inf"),
        ("kind", "loud", "kind must be 'still' or 'moving', not 'loud'"),
        ("name", 5, "name must be a text, not 5"),
        ("name", "a", "name must have at least 2 characters, not 'a'"),
        ("name", "a" * 90, f"name must have at most 5 characters, not '{'a' * 79}…"),
        ("name", "FOG", "name must have another form, not 'FOG'"),
        ("names", 5, "names must be a list, not 5"),
        ("names", [], "names must have at least 1 of them, not []"),
        ("names", ["a"] * 3, "names must have at most 2 of them, not ['a', 'a', 'a']"),
        ("at", "soon", "at must be a year"),
        ("at", 5, "at must be a year"),
        ("more", 5, "more must be an object, not 5"),
        ("other", 5, "other is unknown"),
        ("odd", 5, "odd must be something else, not 5"),
    ],
)
def test_a_value_is_refused_in_our_words(field: str, value: Any, said: str) -> None:
    with pytest.raises(ValidationError) as found:
        Sample.model_validate({field: value})
    assert sentence(found.value.errors()[0]) == said


def test_what_is_missing_is_said_without_all_the_rest() -> None:
    class Needy(BaseModel):
        name: str

    with pytest.raises(ValidationError) as found:
        Needy.model_validate({"password": "secret"})
    assert sentence(found.value.errors()[0]) == "name is missing"
