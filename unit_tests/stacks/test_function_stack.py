from typing import TYPE_CHECKING, Any

import pytest

from stacks.naming import Alias, Stack

if TYPE_CHECKING:
    from unit_tests.stacks.conftest import Assembly, Synthesizer


@pytest.fixture
def function(assembly: "Assembly") -> dict[str, Any]:
    return assembly.only(Stack.FUNCTION, "AWS::Lambda::Function")


def test_the_function_is_small_and_ends_after_six_seconds(function: dict[str, Any]) -> None:
    assert function["Runtime"] == "python3.13"
    assert function["Handler"] == "probe.handler.handler"
    assert function["Timeout"] == 6
    assert function["MemorySize"] == 256


def test_the_function_runs_on_arm_unless_told_otherwise(
    function: dict[str, Any], synthesize: "Synthesizer"
) -> None:
    other = synthesize(architecture="x86_64").only(Stack.FUNCTION, "AWS::Lambda::Function")

    assert function["Architectures"] == ["arm64"]
    assert other["Architectures"] == ["x86_64"]


def test_the_function_logs_json_to_a_group_that_forgets_after_a_week(
    assembly: "Assembly", function: dict[str, Any]
) -> None:
    [(logical_id, group)] = assembly.resources(Stack.FUNCTION, "AWS::Logs::LogGroup").items()

    assert group["Properties"]["RetentionInDays"] == 7
    assert function["LoggingConfig"] == {"LogFormat": "JSON", "LogGroup": {"Ref": logical_id}}


def test_the_function_is_created_after_the_permissions_of_its_role(assembly: "Assembly") -> None:
    [policy] = assembly.resources(Stack.FUNCTION, "AWS::IAM::Policy")
    [function] = assembly.resources(Stack.FUNCTION, "AWS::Lambda::Function").values()

    assert policy in function["DependsOn"]


def test_receipts_are_kept_by_run_and_expire(
    assembly: "Assembly", function: dict[str, Any]
) -> None:
    [(logical_id, table)] = assembly.resources(Stack.FUNCTION, "AWS::DynamoDB::Table").items()

    assert table["Properties"]["KeySchema"] == [
        {"AttributeName": "run", "KeyType": "HASH"},
        {"AttributeName": "receipt", "KeyType": "RANGE"},
    ]
    assert table["Properties"]["BillingMode"] == "PAY_PER_REQUEST"
    assert table["Properties"]["TimeToLiveSpecification"] == {
        "AttributeName": "expires_at",
        "Enabled": True,
    }
    assert function["Environment"]["Variables"] == {"RECEIPTS_TABLE": {"Ref": logical_id}}


def test_asynchronous_events_end_in_a_destination_or_the_dead_letter_queue(
    assembly: "Assembly", function: dict[str, Any]
) -> None:
    outputs = assembly.templates[Stack.FUNCTION]["Outputs"]
    ends = [
        function["DeadLetterConfig"]["TargetArn"]["Fn::GetAtt"][0],
        *(
            invocation["Properties"]["DestinationConfig"][end]["Destination"]["Fn::GetAtt"][0]
            for invocation in assembly.resources(
                Stack.FUNCTION, "AWS::Lambda::EventInvokeConfig"
            ).values()
            for end in ("OnSuccess", "OnFailure")
        ),
    ]

    assert ends[:3] == [
        outputs[f"{name}QueueUrl"]["Value"]["Ref"]
        for name in ("FunctionDeadLetter", "OnSuccess", "OnFailure")
    ]
    assert len(set(ends)) == 3
    queues = assembly.resources(Stack.FUNCTION, "AWS::SQS::Queue")
    assert {queue["Properties"]["MessageRetentionPeriod"] for queue in queues.values()} == {3600}


def test_each_alias_has_its_own_asynchronous_configuration(assembly: "Assembly") -> None:
    configurations = {
        resource["Properties"]["Qualifier"]: (
            resource["Properties"]["MaximumRetryAttempts"],
            resource["Properties"].get("MaximumEventAgeInSeconds"),
        )
        for resource in assembly.resources(
            Stack.FUNCTION, "AWS::Lambda::EventInvokeConfig"
        ).values()
    }

    assert configurations == {
        "$LATEST": (2, None),
        Alias.NO_RETRY: (0, None),
        Alias.AGE_60: (2, 60),
        Alias.AGE_90: (2, 90),
    }


def test_each_alias_is_the_same_code_and_exists_before_its_configuration(
    assembly: "Assembly",
) -> None:
    aliases = assembly.resources(Stack.FUNCTION, "AWS::Lambda::Alias")
    configurations = assembly.resources(Stack.FUNCTION, "AWS::Lambda::EventInvokeConfig")
    of_qualifier = {
        configuration["Properties"]["Qualifier"]: configuration
        for configuration in configurations.values()
    }

    assert {alias["Properties"]["Name"] for alias in aliases.values()} == set(Alias)
    for logical_id, alias in aliases.items():
        assert alias["Properties"]["FunctionVersion"] == "$LATEST"
        assert of_qualifier[alias["Properties"]["Name"]]["DependsOn"] == [logical_id]
