import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from stacks.naming import Stack

if TYPE_CHECKING:
    from unit_tests.stacks.conftest import Assembly

Statement = dict[str, Any]

# Every resource in an Allow statement that holds a `*`, with its reason.
WILDCARDS = {
    (Stack.ASYNCHRONOUS, "s3:GetObject"): "each job is an object of its own in this bucket",
}
# Every source ARN of a Lambda permission that holds a `*`, with its reason.
SOURCE_WILDCARDS = {
    (Stack.API_GATEWAY, "/*/*"): "the method ANY of {proxy+}, and with it that of short-timeout",
    (Stack.ALB, "/*"): "the id of a target group is not known before the group exists",
}
# AWS documents aws:SourceAccount for these. The ARN of a bucket holds no account, that of a target
# group ends in a wildcard; all other sources are exact ARNs that hold the account.
WITH_SOURCE_ACCOUNT = {"elasticloadbalancing.amazonaws.com", "s3.amazonaws.com"}
EXECUTION_ROLE_ACTIONS = {
    (Stack.FUNCTION, "logs:CreateLogStream"),
    (Stack.FUNCTION, "logs:PutLogEvents"),
    (Stack.FUNCTION, "dynamodb:PutItem"),
    (Stack.FUNCTION, "dynamodb:UpdateItem"),
    (Stack.FUNCTION, "dynamodb:Query"),
    (Stack.FUNCTION, "sqs:SendMessage"),
    (Stack.ASYNCHRONOUS, "s3:GetObject"),
    (Stack.POLLING, "sqs:ReceiveMessage"),
    (Stack.POLLING, "sqs:DeleteMessage"),
    (Stack.POLLING, "sqs:GetQueueAttributes"),
}


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements(assembly: "Assembly") -> Iterator[tuple[Stack, str, Statement]]:
    """Go through all policies, of identities and of resources: stack, type, statement."""
    for stack, _, resource in assembly.every():
        document = resource.get("Properties", {}).get("PolicyDocument")
        for statement in document["Statement"] if document else []:
            yield stack, resource["Type"], statement


def test_no_statement_allows_more_than_it_names(assembly: "Assembly") -> None:
    wildcards = set()
    for stack, _, statement in statements(assembly):
        if statement["Effect"] == "Allow":
            actions = as_list(statement["Action"])
            assert not [action for action in actions if "*" in action], statement
            assert "NotAction" not in statement
            assert "NotResource" not in statement
            if "*" in json.dumps(statement["Resource"]):
                wildcards |= {(stack, action) for action in actions}

    assert wildcards == set(WILDCARDS)


def test_the_function_may_do_what_it_does_and_nothing_else(assembly: "Assembly") -> None:
    allowed = {
        (stack, action)
        for stack, resource_type, statement in statements(assembly)
        for action in as_list(statement["Action"])
        if resource_type == "AWS::IAM::Policy"
    }

    assert allowed == EXECUTION_ROLE_ACTIONS


def test_the_role_of_the_function_is_the_only_one_and_has_no_managed_policy(
    assembly: "Assembly",
) -> None:
    [(stack, logical_id, role)] = assembly.every("AWS::IAM::Role")

    assert stack is Stack.FUNCTION
    assert "ManagedPolicyArns" not in role["Properties"]
    assert "Policies" not in role["Properties"]
    [trust] = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}
    for _, _, policy in assembly.every("AWS::IAM::Policy"):
        [attached] = policy["Properties"]["Roles"]
        assert logical_id in json.dumps(attached)


def test_log_lines_cannot_bring_back_a_log_group_that_was_destroyed(assembly: "Assembly") -> None:
    for _, _, statement in statements(assembly):
        assert "logs:CreateLogGroup" not in as_list(statement["Action"])


def test_every_permission_on_the_function_names_its_source(assembly: "Assembly") -> None:
    wildcards = set()
    for stack, _, resource in assembly.every("AWS::Lambda::Permission"):
        permission = resource["Properties"]
        assert permission["Action"] == "lambda:InvokeFunction"
        source = permission["SourceArn"]
        if "Fn::Join" in source and "*" in json.dumps(source):
            parts = [part for part in source["Fn::Join"][1] if isinstance(part, str)]
            assert not [part for part in parts[:-1] if "*" in part]
            wildcards.add((stack, parts[-1]))

    assert wildcards == set(SOURCE_WILDCARDS)


def test_every_permission_on_the_function_names_the_account_where_the_source_does_not(
    assembly: "Assembly",
) -> None:
    for _, _, resource in assembly.every("AWS::Lambda::Permission"):
        permission = resource["Properties"]
        expected = (
            {"Ref": "AWS::AccountId"} if permission["Principal"] in WITH_SOURCE_ACCOUNT else None
        )
        assert permission.get("SourceAccount") == expected


def test_permissions_lie_beside_their_triggers(assembly: "Assembly") -> None:
    principals = sorted(
        (stack, resource["Properties"]["Principal"].removesuffix(".amazonaws.com"))
        for stack, _, resource in assembly.every("AWS::Lambda::Permission")
    )

    assert principals == [
        (Stack.ALB, "elasticloadbalancing"),
        (Stack.ALB, "elasticloadbalancing"),
        (Stack.API_GATEWAY, "apigateway"),
        (Stack.ASYNCHRONOUS, "events"),
        (Stack.ASYNCHRONOUS, "events"),
        (Stack.ASYNCHRONOUS, "s3"),
        (Stack.ASYNCHRONOUS, "sns"),
    ]


def test_services_may_send_to_a_queue_only_for_one_source(assembly: "Assembly") -> None:
    senders = {}
    for _, resource_type, statement in statements(assembly):
        if resource_type == "AWS::SQS::QueuePolicy" and statement["Effect"] == "Allow":
            assert statement["Action"] == "sqs:SendMessage"
            senders[statement["Principal"]["Service"]] = statement["Condition"]

    assert set(senders) == {"events.amazonaws.com", "sns.amazonaws.com"}
    for condition in senders.values():
        [source] = condition["ArnEquals"].values()
        assert list(condition["ArnEquals"]) == ["aws:SourceArn"]
        assert "Fn::GetAtt" in source or "Ref" in source
