"""Whatever JSON arrives: a JobError, a bad request, failed items, or an answer; no other end."""

import copy
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lambdas.probe.event_shape import EventShape, shape_of
from lambdas.probe.job import JobError

if TYPE_CHECKING:
    from unit_tests.lambdas.conftest import FunctionUnderTest

RECORDED = [
    "direct",
    "api-gateway",
    "alb",
    "alb-multi-value",
    "s3",
    "eventbridge",
    "schedule",
    "sns",
    "sqs",
    "sqs-fifo",
]

any_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)

# The function keeps nothing from one invocation to the next but that the first one is cold.
reuses_the_function = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """All containers in a JSON value, each with the key or index of one thing in it."""
    keys = value if isinstance(value, dict) else range(len(value) if isinstance(value, list) else 0)
    for key in keys:
        yield value, key
        yield from places(value[key])


def invoke_and_check(function: "FunctionUnderTest", event: object) -> None:
    try:
        answer = function.invoke(event)
    except JobError as refusal:
        assert str(refusal)
        return
    match shape_of(event):
        case EventShape.API_GATEWAY | EventShape.ALB:
            assert answer["statusCode"] in (200, 400)
        case EventShape.SQS:
            assert isinstance(event, dict)
            sent = {record["messageId"] for record in event["Records"]}
            assert {item["itemIdentifier"] for item in answer["batchItemFailures"]} <= sent
        case _:
            assert answer.keys() & {"job", "answers"}


@given(event=any_json)
@reuses_the_function
def test_any_json_value_is_answered_or_refused(
    event: object, function: "FunctionUnderTest"
) -> None:
    invoke_and_check(function, event)


@pytest.mark.parametrize("name", RECORDED)
@given(data=st.data())
@reuses_the_function
def test_a_recorded_event_with_one_thing_wrong_is_answered_or_refused(
    name: str,
    data: st.DataObject,
    function: "FunctionUnderTest",
    recorded: Callable[[str], Any],
) -> None:
    event = copy.deepcopy(recorded(name))
    container, key = data.draw(st.sampled_from(list(places(event))))
    if data.draw(st.booleans()):
        container[key] = data.draw(any_json)
    else:
        del container[key]

    invoke_and_check(function, event)
