"""X-Amzn-Trace-Id at both front doors."""

import re

import pytest

from emulator.engine.trace_header import continue_trace, load_balancer_trace_header, new_trace_id

NOW = 0x67891233
ROOT = "1-3152b799-8954dae64eda91bc9a23a7e8"


def test_a_trace_id_starts_with_its_time() -> None:
    assert re.fullmatch(r"1-67891233-[0-9a-f]{24}", new_trace_id(NOW))


def test_two_trace_ids_differ() -> None:
    assert new_trace_id(NOW) != new_trace_id(NOW)


def test_a_whole_header_is_taken_over() -> None:
    header = f"Root={ROOT};Parent=7fa8c0f79203be72;Sampled=1"
    assert continue_trace(header, NOW).header() == header


def test_a_missing_parent_is_generated() -> None:
    trace = continue_trace(f"Root={ROOT}", NOW)
    assert trace.root == ROOT
    assert re.fullmatch(r"[0-9a-f]{16}", trace.parent)
    assert trace.sampled == "0"


@pytest.mark.parametrize(
    "header", [None, "", "Root=mine", "Parent=7fa8c0f79203be72", f"Root={ROOT}\r\nX: y"[5:]]
)
def test_without_a_valid_root_a_trace_starts(header: str | None) -> None:
    trace = continue_trace(header, NOW)
    assert re.fullmatch(
        r"Root=1-67891233-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0", trace.header()
    )


def test_what_follows_the_fields_is_not_taken_over() -> None:
    assert continue_trace(f"Root={ROOT}\r\nEvil: yes", NOW).root == ROOT


TRACE_ID = r"1-67891233-[0-9a-f]{24}"


@pytest.mark.parametrize(
    ("sent", "passed_on"),
    [
        (None, f"Root={TRACE_ID}"),
        ("", f"Root={TRACE_ID}"),
        (f"Root={ROOT}", f"Self={TRACE_ID};Root={ROOT}"),
        (f"Root={ROOT};CalledFrom=app", f"Self={TRACE_ID};Root={ROOT};CalledFrom=app"),
        (f"Self=1-0-0;Root={ROOT}", f"Self={TRACE_ID};Root={ROOT}"),
        (f"Root={ROOT};Self=1-0-0", f"Root={ROOT};Self={TRACE_ID}"),
        ("CalledFrom=app", f"Root={TRACE_ID};CalledFrom=app"),
    ],
)
def test_a_load_balancer_completes_the_header(sent: str | None, passed_on: str) -> None:
    assert re.fullmatch(passed_on, load_balancer_trace_header(sent, NOW))
