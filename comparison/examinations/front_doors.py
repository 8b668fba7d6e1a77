"""Examinations of API Gateway and the load balancer."""

from collections.abc import Mapping
from typing import Any

from comparison.deployed import Deployed
from comparison.examinations.examination import Examination
from stacks.naming import Output

PROXY_RESOURCE = "/{proxy+}"


def _integration(deployed: Deployed) -> Mapping[str, Any]:
    """Return the integration of the resource that takes every path."""
    client, api = deployed.clients.apigateway, deployed.outputs[Output.REST_API_ID]
    resources = client.get_resources(restApiId=api, limit=500)["items"]
    identifiers = {resource["path"]: resource["id"] for resource in resources}
    return client.get_integration(
        restApiId=api, resourceId=identifiers[PROXY_RESOURCE], httpMethod="ANY"
    )


def _target_group(deployed: Deployed) -> Mapping[str, Any]:
    """Return the target group of the listener's default action."""
    arn = deployed.outputs[Output.TARGET_GROUP_ARN]
    answer = deployed.clients.elbv2.describe_target_groups(TargetGroupArns=[arn])
    return answer["TargetGroups"][0]


FRONT_DOOR_EXAMINATIONS: Mapping[str, Examination] = {
    "rest-api-integration": _integration,
    "target-group": _target_group,
}
