"""Settings that AWS refuses: a target that accepts one gets its old setting back."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from comparison.clients import Clients
from comparison.deployed import Deployed, QueueSettings
from comparison.examinations.refused_settings import (
    bucket_notifications,
    event_invoke_settings,
    refused,
    short_visibility_timeout,
)
from comparison.stack_outputs import StackOutputs
from comparison.targets import Target
from stacks.naming import Output, QueueName, Stack, queue_output

RESPONSE: Any = {
    "Error": {"Code": "InvalidParameterValueException", "Message": "no"},
    "ResponseMetadata": {"HTTPStatusCode": 400},
}
REFUSAL = ClientError(RESPONSE, "Put")
FUNCTION_ARN = "arn:aws:lambda:us-east-1:123456789012:function:the-function"


class FakeStage:
    """Settings of a stage whose target accepts everything, or refuses what AWS refuses."""

    def __init__(self, *, refuses: bool) -> None:
        self.refuses = refuses
        self.event_invoke: dict[str, Any] = {"MaximumRetryAttempts": 2}
        self.notifications: dict[str, Any] = {"LambdaFunctionConfigurations": [{"Id": "ours"}]}
        self.visibility = "6"
        self.asked: list[Any] = []

    def _refuse(self, request: Any, *, unless: bool) -> None:
        if not unless:
            self.asked.append(request)
            if self.refuses:
                raise REFUSAL

    def get_function_event_invoke_config(self, **_: Any) -> dict[str, Any]:
        return {**self.event_invoke, "LastModified": 1}

    def put_function_event_invoke_config(self, *, FunctionName: str, **settings: Any) -> Any:  # noqa: N803 - as the API spells it
        self._refuse(settings, unless=settings == {"MaximumRetryAttempts": 2})
        self.event_invoke = settings
        return {}

    def get_bucket_notification_configuration(self, **_: Any) -> dict[str, Any]:
        return {**self.notifications, "ResponseMetadata": {}}

    def put_bucket_notification_configuration(
        self,
        *,
        NotificationConfiguration: dict[str, Any],  # noqa: N803 - as the API spells it
        **_: Any,
    ) -> None:
        configurations = NotificationConfiguration["LambdaFunctionConfigurations"]
        self._refuse(configurations, unless=configurations == [{"Id": "ours"}])
        self.notifications = NotificationConfiguration

    def set_queue_attributes(self, *, Attributes: dict[str, str], **_: Any) -> None:  # noqa: N803 - as the API spells it
        self.visibility = Attributes["VisibilityTimeout"]

    def update_event_source_mapping(self, **_: Any) -> Any:
        self._refuse("mapping", unless=int(self.visibility) >= 6)
        return {"State": "Updating"}


@pytest.fixture(params=[True, False], ids=["refusing", "accepting"])
def stage(request: pytest.FixtureRequest) -> FakeStage:
    return FakeStage(refuses=request.param)


@pytest.fixture
def deployed(stage: FakeStage, local: Target) -> Deployed:
    services = ("lambda_", "unvalidated_lambda", "s3", "sqs")
    outputs = {output.value: "value" for output in Output}
    outputs |= {
        Output.FUNCTION_ARN.value: FUNCTION_ARN,
        queue_output(QueueName.WHOLE_BATCH, "MappingId"): "mapping",
    }
    return Deployed(
        target=local,
        clients=cast("Clients", SimpleNamespace(**dict.fromkeys(services, stage))),
        outputs=StackOutputs("test", outputs, frozenset(Stack)),
        function_timeout=6,
        queues={QueueName.WHOLE_BATCH: QueueSettings("url", "dead-letter-url", 6, 3, 0)},
    )


def test_the_asynchronous_configuration_stays_as_it_is(
    stage: FakeStage, deployed: Deployed
) -> None:
    answers = event_invoke_settings(deployed)
    assert stage.event_invoke == {"MaximumRetryAttempts": 2}
    assert {"MaximumRetryAttempts": 3} in stage.asked
    assert {"MaximumEventAgeInSeconds": 59} in stage.asked
    assert ["error" in answer for answer in answers.values()] == [stage.refuses] * 4


def test_the_notifications_of_the_bucket_stay_as_they_are(
    stage: FakeStage, deployed: Deployed
) -> None:
    answers = bucket_notifications(deployed)
    assert stage.notifications == {"LambdaFunctionConfigurations": [{"Id": "ours"}]}
    unknown, overlapping = stage.asked
    assert [one["LambdaFunctionArn"] for one in unknown] == [
        "arn:aws:lambda:us-east-1:123456789012:function:no-such-function"
    ]
    assert [one["LambdaFunctionArn"] for one in overlapping] == [FUNCTION_ARN] * 2
    assert ["error" in answer for answer in answers.values()] == [stage.refuses] * 2


def test_the_visibility_timeout_stays_as_it_is(
    stage: FakeStage, deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "comparison.examinations.refused_settings.eventually", lambda check, **_: _once(check)
    )
    answer = short_visibility_timeout(deployed)
    assert stage.visibility == "6"
    assert stage.asked == ["mapping"]
    assert ("error" in answer) is stage.refuses


def _once(check: Any) -> None:
    try:
        check()
    except AssertionError:
        return


def test_a_call_without_an_answer_is_undone() -> None:
    undone: list[bool] = []

    def unanswered() -> dict[str, Any]:
        raise ConnectionClosedError(endpoint_url="http://127.0.0.1")

    with pytest.raises(ConnectionClosedError):
        refused(unanswered, lambda: undone.append(True))
    assert undone == [True]
