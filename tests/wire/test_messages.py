"""The wire's promises, held against msgpack as any other program speaks it."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.wire.faults import why_no
from lib.wire.messages import (
    JobSettings,
    Packer,
    Picture,
    Result,
    WireError,
    decode_change,
    decode_job,
    decode_picture,
    decode_result,
    decode_status,
    encode,
    encode_settings,
    picture_pieces,
)

DECODERS = [decode_picture, decode_job, decode_result, decode_status, decode_change]
JOB = {"timestamps": [1.5], "indices": [7], "frames": [b"jpg"], "settings": {"prompt": "p"}}
RESULT = {"timestamp": 1.5, "index": 7, "jpg": b"jpg", "worker_id": "w"}


def test_a_picture_is_a_list_of_int_int_bin_and_nothing_else() -> None:
    promised = [1700000000123, 42, b"\xff\xd8"]
    assert msgpack.unpackb(encode(Picture(*promised))) == promised
    number, index, jpg = promised
    for length in (0, 1, 300, 70_000):
        pieces = picture_pieces(number, index, memoryview(jpg), b"", bytes(length))
        assert msgpack.unpackb(b"".join(pieces)) == [number, index, jpg + bytes(length)]
        assert decode_picture(b"".join(pieces)).jpg == jpg + bytes(length)


@pytest.mark.parametrize("odd", ["\n", "\r", "\x1b[2J", "\x07", "\u202e", "\u2028", "\0"])
def test_what_a_worker_calls_itself_cannot_steer_a_log_or_a_terminal(odd: str) -> None:
    name = f"w{odd}12:00:00 W lib.keys: FORGED"
    named = {**RESULT, "worker_id": name, "engine": name, "device": name, "timings": {odd: 1.0}}
    result = decode_result(msgpack.packb(named))
    for text in (result.worker_id, result.engine, result.device, *result.timings):
        assert isinstance(text, str) and text.isprintable() and "?" in text
    assert str(result.worker_id).endswith("12:00:00 W lib.keys: FORGED")
    assert (result.timestamp, result.index, result.jpg) == (1.5, 7, b"jpg")


def test_a_job_is_the_map_that_others_read() -> None:
    settings = encode_settings(JobSettings(prompt="a whale", seed=3, resolution="1024x576"))
    job = msgpack.unpackb(Packer().job([1.25, 1.5], [1, 2], [b"a", b"b"], settings))
    assert {key: job[key] for key in ("timestamps", "indices", "frames")} == {
        "timestamps": [1.25, 1.5],
        "indices": [1, 2],
        "frames": [b"a", b"b"],
    }
    promised = {
        "prompt", "seed", "fixed_seed", "num_inference_steps", "strength", "guidance_scale",
        "passthrough", "resolution", "batch_size", "directory",
    }  # fmt: skip
    assert promised <= job["settings"].keys()
    assert job["settings"]["prompt"] == "a whale"


def test_further_keys_are_ignored_and_missing_settings_have_defaults() -> None:
    more = {**JOB, "colour": "blue", "settings": {"glide": [1, 2], "seed": 5}}
    job = decode_job(msgpack.packb(more))
    assert (job.settings.seed, job.settings.passthrough, job.settings.resolution) == (
        5,
        False,
        None,
    )
    result = decode_result(msgpack.packb({**RESULT, "mood": None}))
    assert result == Result(1.5, 7, b"jpg", "w")


def test_the_timestamp_comes_back_to_the_last_bit() -> None:
    stamp = 1763719200.1234567
    settings = encode_settings(JobSettings())
    job = decode_job(Packer().job([stamp], [1], [b"x"], settings))
    assert decode_result(encode(Result(job.timestamps[0], 1, b"x"))).timestamp == stamp


@pytest.mark.parametrize("worker_id", [3, "three"])
def test_results_of_every_promised_shape(worker_id: int | str) -> None:
    assert decode_result(msgpack.packb({**RESULT, "worker_id": worker_id})).worker_id == worker_id
    assert decode_result(msgpack.packb([2, 7, b"jpg"])) == Result(2.0, 7, b"jpg")
    timed = decode_result(msgpack.packb({**RESULT, "timings": {"engine": 4, "decode": 0.5}}))
    assert timed.timings == {"engine": 4.0, "decode": 0.5}


@pytest.mark.parametrize(
    "message",
    [
        {**JOB, "indices": [1, 2]},
        {**JOB, "frames": ["text"]},
        {**JOB, "settings": None},
        {**JOB, "settings": {"strength": "much"}},
        {**JOB, "settings": {"prompt": "x" * 5000}},
        {"timestamps": [1.0] * 17, "indices": [1] * 17, "frames": [b""] * 17, "settings": {}},
        {**JOB, "frames": [b"x" * (5 * 1024 * 1024)]},
        [1, 2, 3],
        None,
        {},
    ],
)
def test_a_bad_job_is_refused(message: object) -> None:
    with pytest.raises(WireError):
        decode_job(msgpack.packb(message))


@pytest.mark.parametrize(
    "change",
    [
        {"index": -1},
        {"timestamp": float("inf")},
        {"timestamp": "now"},
        {"jpg": "text"},
        {"worker_id": "x" * 65},
        {"timings": {"a": -1}},
        {"timings": {"a": float("nan")}},
        {"timings": {str(i): 1.0 for i in range(17)}},
        {"timings": {"x" * 33: 1.0}},
        {"jpg": b"x" * (5 * 1024 * 1024)},
    ],
)
def test_a_bad_result_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(WireError):
        decode_result(msgpack.packb({**RESULT, **change}))


@pytest.mark.parametrize("message", [[1, -1, b""], [-5, 1, b""], [1.5, 1, b""], [1, 2], {"a": 1}])
def test_a_bad_picture_is_refused(message: object) -> None:
    with pytest.raises(WireError):
        decode_picture(msgpack.packb(message))


@pytest.mark.parametrize("decode", DECODERS)
@given(data=st.binary(max_size=200))
def test_any_bytes_give_a_message_or_a_wire_error(decode: object, data: bytes) -> None:
    try:
        decode(data)
    except WireError as error:
        assert str(error)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize("decode", DECODERS)
@given(field=st.sampled_from([*JOB, *RESULT]), value=JSON)
def test_a_good_message_with_one_strange_field_is_no_surprise(
    decode: object, field: str, value: object
) -> None:
    for base in (JOB, RESULT):
        try:
            decode(msgpack.packb({**base, field: value}))
        except WireError as error:
            assert str(error)


@pytest.mark.parametrize("key", ["timestamps", "indices", "frames"])
def test_long_lists_of_a_job_are_refused_before_they_are_read(key: str) -> None:
    head = b"\x81" + msgpack.packb(key) + b"\xdd\x00\x98\x96\x80"  # ten million, and none is there
    with pytest.raises(WireError) as refused:
        decode_job(head)
    assert "length" in str(refused.value.__cause__), "not because it is cut off"
    many = {"timings": {str(number): 1.0 for number in range(17)}}
    with pytest.raises(WireError) as refused:
        decode_result(msgpack.packb({**RESULT, **many}))
    assert "length" in str(refused.value.__cause__)


@pytest.mark.parametrize("decode", DECODERS)
def test_towers_of_nested_lists_and_millions_of_nils_are_cheap(decode: object) -> None:
    for data in (b"\x91" * 100_000, b"\xdd\x00\x98\x96\x80" + b"\xc0" * 1_000_000):
        with pytest.raises(WireError):
            decode(data)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"\xff\xd8\xff\xe0 jpeg", "no msgpack list .* this looks like a bare JPEG"),
        (b"\x89PNG\r\n", "no msgpack list .* this looks like a bare PNG"),
        (b'{"index": 1}', "no msgpack list .* this looks like JSON"),
        (b"", "no msgpack list"),
        (msgpack.packb({"index": 1}), "no msgpack list"),
        (msgpack.packb([1, "two", b"x"]), r"\[1\] must be a whole number, not a text"),
        (msgpack.packb([1, 2, None]), r"\[2\] must be bytes, not nothing"),
        (msgpack.packb([1, 2]), "no msgpack list"),
    ],
)
def test_what_is_no_picture_is_said_in_our_own_words(data: bytes, sentence: str) -> None:
    with pytest.raises(WireError) as refused:
        decode_picture(data)
    said = str(refused.value)
    assert re.match(sentence, said), said
    assert "`" not in said and "Expected" not in said and "MessagePack" not in said


@pytest.mark.parametrize("decode", [decode_job, decode_result])
def test_no_message_is_answered_with_a_librarys_words(decode: Callable[[bytes], object]) -> None:
    dice = random.Random(4)
    whole = msgpack.packb({"timestamp": 1.0, "index": 2, "jpg": b"x", "worker_id": "w"})
    said = set()
    for _ in range(300):
        data = bytearray(whole)
        data[dice.randrange(len(data))] = dice.randrange(256)
        try:
            decode(bytes(data))
        except WireError as error:
            said.add(str(error))
    assert said
    foreign = re.compile(r"`|Expected|MessagePack|codec|Object|truncated|Invalid")
    assert not [one for one in said if foreign.search(one)]


def test_what_the_library_may_say_some_day_is_not_passed_on() -> None:
    assert why_no("cake", b"x", "Kneading failed at `$.dough`") == "no cake"
