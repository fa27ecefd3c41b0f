"""OSC as bytes: what is well formed is read, and whatever else comes is refused within bounds."""

from __future__ import annotations

import importlib.util
import struct
import time
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pythonosc.osc_bundle_builder import OscBundleBuilder
from pythonosc.osc_message import OscMessage as PythonOscMessage
from pythonosc.osc_message_builder import OscMessageBuilder

from lib.config.settings import ROOT
from lib.osc.packet import (
    DEEPEST,
    MOST_MESSAGES,
    Bundle,
    OscError,
    OscMessage,
    message,
    parse,
)

AT_ONCE = struct.pack(">Q", 1)


def bundled(*parts: bytes, tag: bytes = AT_ONCE) -> bytes:
    return b"#bundle\0" + tag + b"".join(struct.pack(">i", len(part)) + part for part in parts)


def example() -> ModuleType:
    """The sender of the docs, which shares no line with the code it is tried on."""
    spec = importlib.util.spec_from_file_location("send_osc", ROOT / "docs/examples/send_osc.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def single(data: bytes) -> OscMessage:
    (group,) = parse(data)
    (one,) = group.messages
    return one


ARGUMENTS = st.lists(
    st.one_of(
        st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
        st.integers(-(2**63), 2**63 - 1),
        st.floats(width=32, allow_nan=False),
        st.booleans(),
    ),
    max_size=8,
)


@given(ARGUMENTS)
@settings(max_examples=100)
def test_what_three_senders_write_is_read_back(arguments: list[str | int | float | bool]) -> None:
    other = OscMessageBuilder("/a/b")
    for argument in arguments:
        other.add_arg(argument)
    theirs = other.build().dgram
    assert single(theirs) == OscMessage("/a/b", tuple(arguments))
    assert single(message("/a/b", *arguments)) == OscMessage("/a/b", tuple(arguments))
    assert single(example().message("/a/b", arguments)) == OscMessage("/a/b", tuple(arguments))
    assert PythonOscMessage(message("/a/b", *arguments)).params == arguments


def test_less_common_types_are_read() -> None:
    data = b"/a\0\0" + b",TFNI[i]bdcr\0\0\0\0"[:16] + struct.pack(">i", 7)
    data += struct.pack(">i", 3) + b"xyz\0" + struct.pack(">d", 0.25) + struct.pack(">II", 65, 1)
    assert single(data).arguments == (True, False, None, True, 7, b"xyz", 0.25, 65, 1)
    assert single(b"/a\0\0") == OscMessage("/a", ())


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "an address"),
        (b"/a\0", "multiple of four"),
        (b"/abc", "no end"),
        (b"hello\0\0\0", "begin with /"),
        (b"/a\0\0abc\0", "without their types"),
        (b"/a\0\0,i\0\0", "cut off"),
        (b"/a\0\0,f\0\0\0\0\0\0\0\0\0\0", "more bytes"),
        (b"/a\0\0,q\0\0", "unknown type"),
        (b"/a\0\0,[\0\0", "no end"),
        (b"/a\0\0,s\0\0\xff\xfe\0\0", "not UTF-8"),
        (b"/a\0\0,b\0\0" + struct.pack(">i", -1), "blob of -1"),
        (b"/a\0\0,b\0\0" + struct.pack(">i", 2**31 - 1), "cut off"),
        (b"#bundle\0", "cut off"),
        (b"#bundle\0" + AT_ONCE + struct.pack(">i", -4), "part of -4"),  # python-osc never returns
        (b"#bundle\0" + AT_ONCE + struct.pack(">i", 0), "part of 0"),
        (b"#bundle\0" + AT_ONCE + struct.pack(">i", 400), "cut off"),
        (b"/a\0\0," + b"i" * 67 + b"\0" * 272, "more than 64 arguments"),
        (bundled(*[b"/a\0\0"] * (MOST_MESSAGES + 1)), "messages in one packet"),
    ],
)
def test_what_is_not_osc_is_refused_with_the_reason(data: bytes, why: str) -> None:
    with pytest.raises(OscError, match=why) if data else pytest.raises(OscError):
        parse(data)


def test_bundles_within_bundles_have_an_end() -> None:
    data = b"/a\0\0"
    for _ in range(DEEPEST):
        data = bundled(data)
    assert parse(data)[0].messages == [OscMessage("/a", ())]
    for _ in range(1500):
        data = bundled(data)
    with pytest.raises(OscError, match="bundles in each other"):
        parse(data)


def test_a_bundle_is_one_group_and_a_later_one_in_it_its_own() -> None:
    def tag(unix: float) -> bytes:
        return struct.pack(">Q", int((unix + 2_208_988_800) * 2**32))

    a, b, c, d = (message(f"/{name}") for name in "abcd")
    inner = bundled(c, tag=tag(2000.5))
    data = bundled(a, inner, bundled(d, tag=tag(900)), b, tag=tag(1000))
    first, later = parse(data)
    assert first == Bundle(1000, [OscMessage("/a", ()), OscMessage("/d", ()), OscMessage("/b", ())])
    assert later == Bundle(2000.5, [OscMessage("/c", ())])
    assert parse(bundled()) == []


def test_a_bundle_of_another_library_is_read() -> None:
    now = time.time()
    builder = OscBundleBuilder(now + 1)
    for address in ("/a", "/b"):
        one = OscMessageBuilder(address)
        one.add_arg(0.5)
        builder.add_content(one.build())
    (group,) = parse(builder.build().dgram)
    assert group.due == pytest.approx(now + 1, abs=0.001)
    assert group.messages == [OscMessage("/a", (0.5,)), OscMessage("/b", (0.5,))]


@given(st.binary(max_size=200))
@settings(max_examples=300)
def test_garbage_is_read_or_refused(data: bytes) -> None:
    for packet in (data, b"#bundle\0" + AT_ONCE + data, b"/a\0\0," + data):
        try:
            parse(packet)
        except OscError as error:
            assert str(error)


@given(st.data())
@settings(max_examples=200)
def test_a_good_packet_with_bytes_changed_is_read_or_refused(data: st.DataObject) -> None:
    good = bytearray(bundled(message("/blend", "a", "b", 0.5), bundled(message("/seed", 2**40))))
    for _ in range(data.draw(st.integers(1, 6))):
        good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    try:
        parse(bytes(good[: data.draw(st.integers(0, len(good)))]))
    except OscError as error:
        assert str(error)
