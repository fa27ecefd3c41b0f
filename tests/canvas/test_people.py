from __future__ import annotations

from lib.canvas.people import MOST_CODES, VALID_S, DeviceCodes


def test_a_code_takes_a_person_to_one_device_and_not_for_long() -> None:
    codes = DeviceCodes()
    code = codes.new("key", 0)
    assert codes.key(code, VALID_S - 1) == "key"
    assert codes.key(code, VALID_S) == ""
    assert codes.use(code, 1) == "key" and codes.use(code, 1) == ""
    assert codes.key("made up", 1) == ""


def test_codes_take_no_end_of_memory() -> None:
    codes = DeviceCodes()
    first = codes.new("key", 0)
    for _ in range(MOST_CODES):
        codes.new("other", 0)
    assert codes.key(first, 1) == ""
