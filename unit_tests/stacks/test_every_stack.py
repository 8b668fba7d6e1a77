from typing import TYPE_CHECKING

from stacks.naming import Output, QueueName, Stack, queue_output

if TYPE_CHECKING:
    from unit_tests.stacks.conftest import Assembly

# Types that take no tags, or none from CloudFormation.
UNTAGGED = {
    "AWS::ApiGateway::Deployment",
    "AWS::ApiGateway::Method",
    "AWS::ApiGateway::Resource",
    "AWS::EC2::Route",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::VPCGatewayAttachment",
    "AWS::IAM::Policy",
    "AWS::Lambda::Alias",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::Permission",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
}
HOLDS_DATA = {
    "AWS::DynamoDB::Table",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
    "AWS::SQS::Queue",
}
NAMES = {
    "BucketName",
    "FunctionName",
    "GroupName",
    "LogGroupName",
    "Name",
    "QueueName",
    "RoleName",
    "RuleName",
    "TableName",
    "TopicName",
}
NAMED_FOR_A_REASON = {
    "AWS::ApiGateway::RestApi": "a label, which need not be unique",
    "AWS::ElasticLoadBalancingV2::TargetGroup": "made from the id of the stack",
    "AWS::Events::EventBus": "CloudFormation makes up no name; the CDK does, from the stack's",
    "AWS::Lambda::Alias": "a part of the one function",
    "AWS::S3::Bucket": "made from the id of the stack",
}
# A reference to the function, not a name of the resource.
REFERS_TO_THE_FUNCTION = {
    "AWS::Lambda::Alias",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Permission",
}


def test_every_resource_that_can_be_tagged_is_tagged(assembly: "Assembly") -> None:
    for stack, logical_id, resource in assembly.every():
        tags = resource.get("Properties", {}).get("Tags", [])
        keys = {tag["Key"] for tag in tags} if isinstance(tags, list) else set(tags)
        expected = set() if resource["Type"] in UNTAGGED else {"project", "stage", "expires"}
        assert expected <= keys, (stack, logical_id)
        assert resource["Type"] not in UNTAGGED or not keys, "take this type off the list"


def test_data_is_deleted_with_its_stack(assembly: "Assembly") -> None:
    for stack, logical_id, resource in assembly.every():
        expected = {"Delete"} if resource["Type"] in HOLDS_DATA else {"Delete", None}
        assert resource.get("DeletionPolicy") in expected, (stack, logical_id)
        assert resource.get("UpdateReplacePolicy") in expected, (stack, logical_id)


def test_names_are_left_to_cloudformation(assembly: "Assembly") -> None:
    named = set()
    for _, _, resource in assembly.every():
        names = NAMES & set(resource.get("Properties", {}))
        if resource["Type"] in REFERS_TO_THE_FUNCTION:
            names.discard("FunctionName")
        if names:
            named.add(resource["Type"])

    assert named == set(NAMED_FOR_A_REASON)


def test_the_only_function_is_the_one_that_is_compared(assembly: "Assembly") -> None:
    functions = [stack for stack, _, _ in assembly.every("AWS::Lambda::Function")]
    types = {resource["Type"] for _, _, resource in assembly.every()}

    assert functions == [Stack.FUNCTION]
    assert not [name for name in types if name.startswith("Custom::")]
    assert "AWS::CloudFormation::CustomResource" not in types


def test_the_outputs_are_those_the_harness_knows(assembly: "Assembly") -> None:
    outputs = [
        key
        for template in assembly.templates.values()
        for key in template["Outputs"]
        if not key.startswith("ExportsOutput")
    ]

    of_queues = [
        queue_output(queue, attribute)
        for queue in QueueName
        for attribute in ("QueueUrl", "DeadLetterQueueUrl", "MappingId")
    ]
    assert sorted(outputs) == sorted([*Output, *of_queues])
