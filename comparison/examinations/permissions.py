"""Examinations of who may invoke the function, and what its role may do."""

import json
from collections.abc import Mapping
from typing import Any

from comparison.deployed import Deployed
from comparison.examinations.examination import Examination
from stacks.naming import Output

Statement = dict[str, Any]
"""A statement of an IAM policy, as JSON."""


def function_policy(deployed: Deployed) -> list[Statement]:
    """Return the statements of the function's resource policy."""
    client = deployed.clients.lambda_
    try:
        answer = client.get_policy(FunctionName=deployed.outputs[Output.FUNCTION_ARN])
    except client.exceptions.ResourceNotFoundException:
        return []
    statements: list[Statement] = json.loads(answer["Policy"])["Statement"]
    return statements


def role_policies(deployed: Deployed) -> list[Statement]:
    """Return the statements of the policies of the function's role, inline and attached ones."""
    client, role = deployed.clients.iam, deployed.outputs[Output.FUNCTION_ROLE_NAME]
    documents: list[Any] = [
        client.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        for page in client.get_paginator("list_role_policies").paginate(RoleName=role)
        for name in page["PolicyNames"]
    ]
    for page in client.get_paginator("list_attached_role_policies").paginate(RoleName=role):
        documents += [
            _managed(deployed, policy["PolicyArn"]) for policy in page["AttachedPolicies"]
        ]
    return [statement for document in documents for statement in document["Statement"]]


def _managed(deployed: Deployed, arn: str) -> Any:
    client = deployed.clients.iam
    version = client.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    return client.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]


PERMISSION_EXAMINATIONS: Mapping[str, Examination] = {
    "function-policy": function_policy,
    "role-policies": role_policies,
}
