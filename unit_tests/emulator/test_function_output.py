"""How what a function writes becomes log messages."""

import os
from collections.abc import Iterator

import pytest
from awslambdaric.bootstrap import FramedTelemetryLogSink
from hypothesis import given
from hypothesis import strategies as st

from emulator.engine.function_output import MESSAGE_LIMIT_BYTES, DroppedOutput, FunctionOutput

FRAME = bytes.fromhex("a55a0003")


def framed(message: str) -> bytes:
    """A message as the runtime client frames it."""
    content = message.encode()
    return FRAME + len(content).to_bytes(4, "big") + bytes(8) + content


def test_the_frames_of_the_official_client_are_understood() -> None:
    read_end, write_end = os.pipe()
    with FramedTelemetryLogSink(write_end) as sink:
        sink.log("one\nmessage\n")
        sink.log_error(["an error", "with a second line"])
    with os.fdopen(read_end, "rb") as pipe:
        data = pipe.read()

    assert FunctionOutput().feed(data) == ["one\nmessage\n", "an error\nwith a second line"]


def test_every_line_is_a_message() -> None:
    assert FunctionOutput().feed(b"one\n\ntwo\n") == ["one\n", "\n", "two\n"]


def test_a_line_is_complete_with_its_end() -> None:
    output = FunctionOutput()

    assert output.feed(b"begun") == []
    assert output.feed(b" and done\nnext") == ["begun and done\n"]
    assert output.end() == ["next"]
    assert output.end() == []


def test_a_message_of_the_client_may_come_within_a_line() -> None:
    output = FunctionOutput()

    assert output.feed(b"begun" + framed("client") + b" and done\n") == [
        "client",
        "begun and done\n",
    ]


def test_text_that_looks_like_a_frame_stays_text() -> None:
    output = FunctionOutput()

    messages = output.feed(FRAME + b"\xff" * 12 + b"\n")

    assert messages == ["\ufffdZ\0\x03" + "\ufffd" * 12 + "\n"]


def test_bytes_that_are_no_text_are_replaced() -> None:
    assert FunctionOutput().feed(b"\xff\xfe\n") == ["\ufffd\ufffd\n"]


def pieces(data: bytes, sizes: list[int]) -> Iterator[bytes]:
    """Data cut into pieces of these sizes, and the rest."""
    for size in (*sizes, len(data)):
        yield data[:size]
        data = data[size:]


@given(
    st.lists(st.one_of(st.text(max_size=20).map(framed), st.binary(max_size=20)), max_size=10),
    st.lists(st.integers(min_value=0, max_value=40), max_size=20),
)
def test_it_does_not_matter_how_output_is_cut_into_pieces(
    parts: list[bytes], sizes: list[int]
) -> None:
    data = b"".join(parts)
    at_once, piecemeal = FunctionOutput(), FunctionOutput()

    whole = at_once.feed(data) + at_once.end()
    joined = [message for piece in pieces(data, sizes) for message in piecemeal.feed(piece)]

    assert joined + piecemeal.end() == whole


@pytest.mark.parametrize("end", [b"", b"\n"])
def test_a_line_without_end_is_cut_where_cloudwatch_cuts(end: bytes) -> None:
    output = FunctionOutput()

    messages = output.feed(b"x" * (MESSAGE_LIMIT_BYTES * 2 + 10) + end) + output.end()

    assert max(map(len, messages)) == MESSAGE_LIMIT_BYTES


def test_a_long_message_of_the_client_is_cut() -> None:
    messages = FunctionOutput().feed(framed("x" * (MESSAGE_LIMIT_BYTES + 10)) + b"next\n")

    assert [len(message) for message in messages] == [MESSAGE_LIMIT_BYTES, 5]


def test_what_exceeds_the_limit_is_counted_and_dropped() -> None:
    output = FunctionOutput(limit_bytes=10)

    assert output.feed(b"12345678\n12345678\n12345678\n") == ["12345678\n"]
    assert output.take_dropped() == DroppedOutput(messages=2, size=18)
    assert output.take_dropped() is None
    assert output.feed(b"12345678\n") == ["12345678\n"]
