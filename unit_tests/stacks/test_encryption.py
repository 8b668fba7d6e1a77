from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from unit_tests.stacks.conftest import Assembly

POLICY_OF = {
    "AWS::S3::Bucket": ("AWS::S3::BucketPolicy", "Bucket"),
    "AWS::SNS::Topic": ("AWS::SNS::TopicPolicy", "Topics"),
    "AWS::SQS::Queue": ("AWS::SQS::QueuePolicy", "Queues"),
}


def denies_plain_http(statement: dict[str, Any]) -> bool:
    return (
        statement["Effect"] == "Deny"
        and statement["Principal"] in ("*", {"AWS": "*"})
        and statement["Action"] in ("s3:*", "sqs:*", "sns:Publish")
        and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    )


@pytest.mark.parametrize("resource_type", POLICY_OF)
def test_nobody_gets_in_without_tls(assembly: "Assembly", resource_type: str) -> None:
    policy_type, target = POLICY_OF[resource_type]
    protected = set()
    for stack, _, policy in assembly.every(policy_type):
        if any(map(denies_plain_http, policy["Properties"]["PolicyDocument"]["Statement"])):
            targets = policy["Properties"][target]
            for reference in targets if isinstance(targets, list) else [targets]:
                protected.add((stack, reference["Ref"]))

    assert protected == {(stack, name) for stack, name, _ in assembly.every(resource_type)}


def test_queues_are_encrypted_with_the_keys_of_sqs(assembly: "Assembly") -> None:
    for stack, logical_id, queue in assembly.every("AWS::SQS::Queue"):
        assert queue["Properties"]["SqsManagedSseEnabled"] is True, (stack, logical_id)


def test_the_topic_is_encrypted_with_the_key_of_sns(assembly: "Assembly") -> None:
    [(_, _, topic)] = assembly.every("AWS::SNS::Topic")

    assert topic["Properties"]["KmsMasterKeyId"]["Fn::Join"][1][-1] == ":alias/aws/sns"


def test_the_bucket_is_encrypted_with_the_keys_of_s3(assembly: "Assembly") -> None:
    [(_, _, bucket)] = assembly.every("AWS::S3::Bucket")

    [rule] = bucket["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule == {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}


def test_the_table_is_encrypted_with_the_key_dynamodb_owns(assembly: "Assembly") -> None:
    # The default, which cannot be switched off; a specification would ask for a key that costs.
    [(_, _, table)] = assembly.every("AWS::DynamoDB::Table")

    assert "SSESpecification" not in table["Properties"]


def test_no_key_of_our_own_is_paid_for(assembly: "Assembly") -> None:
    assert not list(assembly.every("AWS::KMS::Key"))
