import json
from typing import TYPE_CHECKING, Any

from stacks.naming import PROJECT, Stack

if TYPE_CHECKING:
    from unit_tests.stacks.conftest import Assembly

STACK_UUID = {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]}


def permission_of(assembly: "Assembly", principal: str) -> tuple[str, dict[str, Any]]:
    permissions = assembly.resources(Stack.ASYNCHRONOUS, "AWS::Lambda::Permission")
    [found] = [
        (logical_id, permission["Properties"])
        for logical_id, permission in permissions.items()
        if permission["Properties"]["Principal"] == principal
    ]
    return found


def rules(assembly: "Assembly") -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the rule on the bus and the schedule."""
    found = assembly.resources(Stack.ASYNCHRONOUS, "AWS::Events::Rule").values()
    [on_bus] = [rule["Properties"] for rule in found if "EventBusName" in rule["Properties"]]
    [schedule] = [rule["Properties"] for rule in found if "EventBusName" not in rule["Properties"]]
    return on_bus, schedule


def test_the_bucket_invokes_the_function_for_every_object(assembly: "Assembly") -> None:
    bucket = assembly.only(Stack.ASYNCHRONOUS, "AWS::S3::Bucket")
    _, permission = permission_of(assembly, "s3.amazonaws.com")

    [notification] = bucket["NotificationConfiguration"]["LambdaConfigurations"]
    assert notification["Event"] == "s3:ObjectCreated:*"
    assert notification["Function"] == permission["FunctionName"]


def test_the_permission_exists_before_the_bucket_and_names_it(assembly: "Assembly") -> None:
    [bucket] = assembly.resources(Stack.ASYNCHRONOUS, "AWS::S3::Bucket").values()
    logical_id, permission = permission_of(assembly, "s3.amazonaws.com")

    assert bucket["DependsOn"] == [logical_id]
    assert bucket["Properties"]["BucketName"]["Fn::Join"] == ["", ["invocation-paths-", STACK_UUID]]
    assert permission["SourceArn"]["Fn::Join"] == [
        "",
        ["arn:", {"Ref": "AWS::Partition"}, ":s3:::invocation-paths-", STACK_UUID],
    ]


def test_the_name_of_the_bucket_fits_into_63_characters(assembly: "Assembly") -> None:
    uuid = "51af3dc0-da77-11e4-872e-1234567db123"
    bucket = assembly.only(Stack.ASYNCHRONOUS, "AWS::S3::Bucket")

    [prefix, _] = bucket["BucketName"]["Fn::Join"][1]
    assert len(prefix + uuid) <= 63


def test_the_bucket_is_private_and_forgets_after_a_day(assembly: "Assembly") -> None:
    bucket = assembly.only(Stack.ASYNCHRONOUS, "AWS::S3::Bucket")

    assert bucket["PublicAccessBlockConfiguration"] == {
        "BlockPublicAcls": True,
        "BlockPublicPolicy": True,
        "IgnorePublicAcls": True,
        "RestrictPublicBuckets": True,
    }
    assert bucket["LifecycleConfiguration"]["Rules"] == [
        {"ExpirationInDays": 1, "Status": "Enabled"}
    ]


def test_the_rule_hands_the_events_of_this_project_to_the_function(assembly: "Assembly") -> None:
    rule, _ = rules(assembly)
    [bus] = assembly.resources(Stack.ASYNCHRONOUS, "AWS::Events::EventBus")

    assert rule["EventBusName"] == {"Ref": bus}
    assert rule["EventPattern"] == {"source": [PROJECT]}
    [target] = rule["Targets"]
    assert "ExportsOutputFnGetAttFunction" in json.dumps(target["Arn"])
    assert "RetryPolicy" not in target


def test_events_the_rule_cannot_deliver_end_in_its_dead_letter_queue(
    assembly: "Assembly",
) -> None:
    [target] = rules(assembly)[0]["Targets"]
    outputs = assembly.templates[Stack.ASYNCHRONOUS]["Outputs"]

    queue = outputs["EventRuleDeadLetterQueueUrl"]["Value"]["Ref"]
    assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": [queue, "Arn"]}}


def test_the_schedule_is_there_but_does_not_run(assembly: "Assembly") -> None:
    _, schedule = rules(assembly)

    assert schedule["ScheduleExpression"] == "rate(1 minute)"
    assert schedule["State"] == "DISABLED"
    assert len(schedule["Targets"]) == 1


def test_messages_the_topic_cannot_deliver_end_in_the_queue_of_the_subscription(
    assembly: "Assembly",
) -> None:
    subscription = assembly.only(Stack.ASYNCHRONOUS, "AWS::SNS::Subscription")
    outputs = assembly.templates[Stack.ASYNCHRONOUS]["Outputs"]

    queue = outputs["SubscriptionDeadLetterQueueUrl"]["Value"]["Ref"]
    assert subscription["Protocol"] == "lambda"
    assert subscription["RedrivePolicy"] == {"deadLetterTargetArn": {"Fn::GetAtt": [queue, "Arn"]}}
