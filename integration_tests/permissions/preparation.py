"""Settings of the deployed stage that have nothing to do with permissions, changed to save time."""

import secrets
from typing import Any

from comparison.deployed import Deployed
from comparison.waiting import eventually
from stacks.naming import SHORT_TIMEOUT_RESOURCE, Output, QueueName

WITHIN = 20.0


def prepare(deployed: Deployed) -> None:
    """Let a job end at once, however it ends."""
    client, function = deployed.clients.lambda_, deployed.outputs[Output.FUNCTION_NAME]
    client.update_function_event_invoke_config(FunctionName=function, MaximumRetryAttempts=0)
    client.update_event_source_mapping(
        UUID=deployed.outputs.queue(QueueName.WINDOWED, "MappingId"),
        MaximumBatchingWindowInSeconds=0,
    )
    _outlast_a_cold_start(deployed)


def _outlast_a_cold_start(deployed: Deployed) -> None:
    """Let API Gateway wait for the function behind the resource with the short timeout too."""
    client, api = deployed.clients.apigateway, deployed.outputs[Output.REST_API_ID]
    [resource] = [
        resource["id"]
        for resource in client.get_resources(restApiId=api)["items"]
        if resource.get("pathPart") == SHORT_TIMEOUT_RESOURCE
    ]
    client.update_integration(
        restApiId=api,
        resourceId=resource,
        httpMethod="ANY",
        patchOperations=[{"op": "replace", "path": "/timeoutInMillis", "value": "29000"}],
    )
    client.create_deployment(restApiId=api, stageName=deployed.outputs[Output.REST_API_STAGE])


def start_anew(deployed: Deployed) -> None:
    """Let the function have new execution environments, by a change of its configuration."""
    client, function = deployed.clients.lambda_, deployed.outputs[Output.FUNCTION_NAME]
    configuration: Any = client.get_function_configuration(FunctionName=function)
    variables = configuration["Environment"]["Variables"] | {"ANEW": secrets.token_hex(4)}
    client.update_function_configuration(
        FunctionName=function, Environment={"Variables": variables}
    )

    def check_updated() -> None:
        status = client.get_function_configuration(FunctionName=function)["LastUpdateStatus"]
        assert status == "Successful", status

    eventually(check_updated, within=WITHIN, every=0.05, what="the update of the function")
