"""HTTP messages as plain data."""

import pytest

from emulator.engine.http_message import (
    HttpRequest,
    HttpResponse,
    is_sendable_header,
    is_sendable_reason,
    media_type,
    split_query_string,
)

REQUEST = HttpRequest("GET", "/", "", (("A", "1"), ("b", "2"), ("a", "3")), b"", "127.0.0.1")


def test_a_header_is_found_in_any_case_and_its_last_value_counts() -> None:
    assert REQUEST.header("a") == "3"
    assert REQUEST.header_values("A") == ["1", "3"]
    assert REQUEST.header("B") == "2"
    assert REQUEST.header("c") is None
    assert REQUEST.header_values("c") == []


def test_header_values_are_sent_in_utf_8_without_white_space_around_them() -> None:
    response = HttpResponse(200, "OK", (("X-A", " \tä\u2028"), ("X-B", "\ud800")), b"")
    assert response.encoded_headers() == [(b"X-A", "ä".encode()), (b"X-B", b"?")]


@pytest.mark.parametrize(
    ("name", "value", "is_sendable"),
    [
        ("X-A", "", True),
        ("X-A", "a b\tc ä", True),
        ("x!#$%&'*+-.^_`|~9", "a", True),
        ("X-A", "a\r\nEvil: yes", False),
        ("X-A", "a\rb", False),
        ("X-A", "a\nb", False),
        ("X-A", "a\x00b", False),
        ("X-A", "a\x0bb", False),
        ("X-A", "a\x7f", False),
        ("", "a", False),
        ("X A", "a", False),
        ("X-A:", "a", False),
        ("X-A\n", "a", False),
        ("Ä", "a", False),
    ],
)
def test_a_header_that_would_change_the_message_cannot_be_sent(
    name: str, value: str, *, is_sendable: bool
) -> None:
    assert is_sendable_header(name, value) is is_sendable


@pytest.mark.parametrize(
    ("reason", "is_sendable"),
    [("OK", True), ("", True), ("I'm a Teapot", True), ("OK\r\nA: b", False), ("Ä", False)],
)
def test_a_reason_phrase_is_printable_ascii(reason: str, *, is_sendable: bool) -> None:
    assert is_sendable_reason(reason) is is_sendable


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [(None, ""), ("", ""), ("Text/HTML; charset=utf-8", "text/html"), (" a/b ;c", "a/b")],
)
def test_a_media_type_has_no_parameters(content_type: str | None, expected: str) -> None:
    assert media_type(content_type) == expected


def test_a_query_string_is_split_and_not_decoded() -> None:
    assert split_query_string("a=%2B&&b&=c&a=d=e") == [
        ("a", "%2B"),
        ("b", ""),
        ("", "c"),
        ("a", "d=e"),
    ]
