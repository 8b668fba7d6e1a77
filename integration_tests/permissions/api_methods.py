"""The methods of the REST API, and their authorization, which is no statement of a policy."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from comparison.deployed import Deployed
from comparison.observation import CallerSaw, HttpOptions, Sending
from comparison.path import Path
from comparison.run import new_run_id
from comparison.senders.front_door import FrontDoorSender
from stacks.naming import Output


@dataclass(frozen=True)
class Method:
    """A method of a resource; path is one that leads to it."""

    resource_id: str
    http_method: str
    path: str

    def request(self, sender: FrontDoorSender, *, signed: bool = True) -> CallerSaw:
        """Send a job through this method, and return what its caller saw."""
        http = HttpOptions(resource=self.path, signed=signed)
        sending = Sending("permissions", Path.API_GATEWAY, f"{new_run_id()}.1", "answer", http=http)
        [caller] = sender.send([sending])
        return caller


def methods(deployed: Deployed) -> list[Method]:
    """Return every method of the API."""
    resources = deployed.clients.apigateway.get_resources(
        restApiId=deployed.outputs[Output.REST_API_ID]
    )["items"]
    return [
        Method(resource["id"], method, resource["path"].replace("{proxy+}", "jobs"))
        for resource in resources
        for method in resource.get("resourceMethods", {})
    ]


@contextmanager
def open_to_anybody(deployed: Deployed, method: Method) -> Iterator[None]:
    """Let a method do without authorization."""
    _authorize(deployed, method, "NONE")
    try:
        yield
    finally:
        _authorize(deployed, method, "AWS_IAM")


def _authorize(deployed: Deployed, method: Method, authorization: str) -> None:
    client, api = deployed.clients.apigateway, deployed.outputs[Output.REST_API_ID]
    client.update_method(
        restApiId=api,
        resourceId=method.resource_id,
        httpMethod=method.http_method,
        patchOperations=[{"op": "replace", "path": "/authorizationType", "value": authorization}],
    )
    client.create_deployment(restApiId=api, stageName=deployed.outputs[Output.REST_API_STAGE])
