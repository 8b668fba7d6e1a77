"""API Gateway and load balancers: what a client gets for what the function does."""

import json
import socket
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from comparison.waiting import eventually

ANSWER = """
import json, time
def handler(event, context):
    job = json.loads(event["body"] or "{}")
    if "sleep" in job:
        time.sleep(job["sleep"])
    if "raise" in job:
        raise ValueError("a secret")
    return job.get("answer", {"statusCode": 200, "body": json.dumps(event)})
"""


class RestApi:
    """A REST API with a greedy proxy resource for one function."""

    def __init__(
        self, aws: Any, function: str, *, milliseconds: int = 29_000, permitted: bool = True
    ) -> None:
        self.aws = aws
        client = aws.client("apigateway")
        self.id = client.create_rest_api(name=aws.name())["id"]
        (root,) = client.get_resources(restApiId=self.id)["items"]
        resource = client.create_resource(
            restApiId=self.id, parentId=root["id"], pathPart="{proxy+}"
        )["id"]
        method = {"restApiId": self.id, "resourceId": resource, "httpMethod": "ANY"}
        client.put_method(**method, authorizationType="NONE")
        client.put_integration(
            **method,
            type="AWS_PROXY",
            integrationHttpMethod="POST",
            timeoutInMillis=milliseconds,
            uri=f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function}/invocations",
        )
        client.create_deployment(restApiId=self.id, stageName="v1")
        if permitted:
            source = f"arn:aws:execute-api:us-east-1:000000000000:{self.id}/v1/*/*"
            aws.permit(function, "apigateway", source)

    def post(self, job: object, path: str = "/jobs", **headers: str) -> Any:
        path = f"/restapis/{self.id}/v1/_user_request_{path}"
        return self.aws.http("POST", path, json.dumps(job).encode(), headers)


class LoadBalancer:
    """A load balancer whose listener forwards to one function, once it is registered."""

    def __init__(self, aws: Any, function: str, *, register: bool = True) -> None:
        self.aws = aws
        self.function = function
        self.client = aws.client("elbv2")
        self.name = aws.name()
        self.group = self.client.create_target_group(Name=self.name, TargetType="lambda")[
            "TargetGroups"
        ][0]["TargetGroupArn"]
        if register:
            aws.permit(function, "elasticloadbalancing", self.group)
            self.register()
        arn = self.client.create_load_balancer(Name=self.name, Subnets=["subnet-1", "subnet-2"])[
            "LoadBalancers"
        ][0]["LoadBalancerArn"]
        forward = {"Type": "forward", "TargetGroupArn": self.group}
        self.client.create_listener(
            LoadBalancerArn=arn, Protocol="HTTP", Port=80, DefaultActions=[forward]
        )

    def register(self) -> None:
        self.client.register_targets(TargetGroupArn=self.group, Targets=[{"Id": self.function}])

    def post(self, job: object, path: str = "/jobs", **headers: str) -> Any:
        headers = {"Content-Type": "application/json"} | headers
        return self.aws.http("POST", f"/_alb/{self.name}{path}", json.dumps(job).encode(), headers)


@pytest.fixture(scope="module")
def api(aws: Any) -> RestApi:
    return RestApi(aws, aws.function(ANSWER))


@pytest.fixture(scope="module")
def balancer(aws: Any) -> LoadBalancer:
    return LoadBalancer(aws, aws.function(ANSWER))


def test_the_function_of_a_rest_api_gets_the_request_as_it_was_sent(api: RestApi) -> None:
    response, body = api.post({}, "/a%2Fb/?q=1&q=x%2By", **{"tEsT-HEADeR": "Value"})

    event = json.loads(body)
    assert event["path"] == "/a%2Fb/"
    assert event["pathParameters"] == {"proxy": "a%2Fb"}
    assert event["queryStringParameters"] == {"q": "x+y"}
    assert event["multiValueQueryStringParameters"] == {"q": ["1", "x+y"]}
    assert event["headers"]["tEsT-HEADeR"] == "Value"
    assert "version" not in event
    assert event["requestContext"]["requestId"] == response.headers["x-amzn-RequestId"]


def test_a_rest_api_answers_with_what_the_function_says(api: RestApi) -> None:
    headers = {"X-One": "1", "Content-Type": "text/plain"}
    answer = {"statusCode": 418, "headers": headers, "body": "tea"}

    response, body = api.post({"answer": answer})

    assert (response.status, body) == (418, b"tea")
    assert response.headers["X-One"] == "1"
    assert response.headers["Content-Type"] == "text/plain"
    assert response.headers.get_all("x-amzn-RequestId") is not None
    assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize("job", [{"raise": True}, {"answer": "text"}, {"answer": {"extra": 1}}])
def test_a_rest_api_hides_the_error_of_the_function(api: RestApi, job: object) -> None:
    response, body = api.post(job)

    assert (response.status, body) == (502, b'{"message": "Internal server error"}')
    assert response.headers["x-amzn-ErrorType"] == "InternalServerErrorException"


def test_a_rest_api_stops_waiting_while_the_function_goes_on(aws: Any) -> None:
    function = aws.function(
        "import time\ndef handler(event, context):\n    time.sleep(0.5)\n    print('done')\n"
    )
    api = RestApi(aws, function, milliseconds=100)

    response, body = api.post({})

    assert (response.status, body) == (504, b'{"message": "Endpoint request timed out"}')
    logs = aws.client("logs")
    group = f"/aws/lambda/{function.rpartition(':')[2]}"

    def check_done() -> None:
        events = logs.filter_log_events(logGroupName=group)["events"]
        assert any(event["message"].strip() == "done" for event in events)

    eventually(check_done, within=5, what="the line that the function wrote last")


def test_a_rest_api_without_permission_or_concurrency_answers_500(aws: Any) -> None:
    forbidden = RestApi(aws, aws.function(ANSWER), permitted=False)
    function = aws.function(ANSWER)
    throttled = RestApi(aws, function)
    aws.lambda_.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)

    for api in (forbidden, throttled):
        response, body = api.post({})
        assert (response.status, body) == (500, b'{"message": "Internal server error"}')


def test_a_rest_api_waits_as_long_as_its_integration_was_last_told_to(aws: Any) -> None:
    api = RestApi(aws, aws.function(ANSWER))
    client = aws.client("apigateway")
    resources = client.get_resources(restApiId=api.id)["items"]
    [resource] = [one for one in resources if one.get("pathPart") == "{proxy+}"]
    client.update_integration(
        restApiId=api.id,
        resourceId=resource["id"],
        httpMethod="ANY",
        patchOperations=[{"op": "replace", "path": "/timeoutInMillis", "value": "500"}],
    )

    response, _ = api.post({"sleep": 2})

    assert response.status == 504


@pytest.mark.parametrize(("is_signed", "status"), [(False, 403), (True, 404)])
def test_a_path_that_the_rest_api_does_not_have_says_so_only_to_callers_that_sign(
    aws: Any, api: RestApi, is_signed: bool, status: int
) -> None:
    # The resource is {proxy+}: the root has no method.
    path = f"/restapis/{api.id}/v1/_user_request_/"
    headers = signed(aws.endpoint + path) if is_signed else {}

    response, _ = aws.http("GET", path, headers=headers)

    assert response.status == status


def test_the_health_check_of_a_target_group_of_functions_is_off(balancer: LoadBalancer) -> None:
    (group,) = balancer.client.describe_target_groups(TargetGroupArns=[balancer.group])[
        "TargetGroups"
    ]

    assert group["HealthCheckEnabled"] is False
    assert (group["HealthCheckIntervalSeconds"], group["HealthCheckTimeoutSeconds"]) == (35, 30)
    assert (group["HealthyThresholdCount"], group["UnhealthyThresholdCount"]) == (5, 5)


def test_a_rest_api_refuses_a_request_of_more_than_10_mb(aws: Any, api: RestApi) -> None:
    path = f"/restapis/{api.id}/v1/_user_request_/jobs"

    response, _ = aws.http("POST", path, bytes(10_485_761))

    assert response.status == 413


def test_the_function_behind_a_load_balancer_gets_the_request_in_its_form(
    balancer: LoadBalancer,
) -> None:
    _, body = balancer.post({}, "/a%20b?q=x%2By&q=2", **{"tEsT-HEADeR": "Value"})

    event = json.loads(body)
    assert event["requestContext"] == {"elb": {"targetGroupArn": balancer.group}}
    assert event["path"] == "/a%20b"
    assert event["queryStringParameters"] == {"q": "2"}
    assert event["headers"]["test-header"] == "Value"
    assert event["headers"]["x-forwarded-port"] == "80"


def test_a_load_balancer_sends_the_reason_phrase_of_the_function(balancer: LoadBalancer) -> None:
    answer = {"statusCode": 418, "statusDescription": "418 Short and stout"}

    response, _ = balancer.post({"answer": answer})

    assert (response.status, response.reason) == (418, "Short and stout")
    assert balancer.post({})[0].reason == "OK"


@pytest.mark.parametrize("job", [{"raise": True}, {"answer": "text"}])
def test_a_load_balancer_hides_the_error_of_the_function(
    balancer: LoadBalancer, job: object
) -> None:
    response, body = balancer.post(job)

    assert (response.status, response.headers["Server"]) == (502, "awselb/2.0")
    assert response.headers["Content-Type"] == "text/html"
    assert b"<h1>502 Bad Gateway</h1>" in body
    assert b"secret" not in body


def test_a_load_balancer_refuses_a_body_of_more_than_1_mb(balancer: LoadBalancer) -> None:
    response, _ = balancer.post("x" * 1_048_576)

    assert response.status == 413


def test_a_load_balancer_refuses_to_upgrade_to_a_websocket(
    aws: Any, balancer: LoadBalancer
) -> None:
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
    }

    response, _ = aws.http("GET", f"/_alb/{balancer.name}/jobs", headers=headers)

    assert response.status == 400


def test_a_load_balancer_without_a_target_answers_503(aws: Any) -> None:
    balancer = LoadBalancer(aws, aws.function(ANSWER), register=False)

    response, body = balancer.post({})

    assert (response.status, response.headers["Server"]) == (503, "awselb/2.0")
    assert b"503 Service Temporarily Unavailable" in body


def test_a_function_that_does_not_permit_it_cannot_be_registered(aws: Any) -> None:
    balancer = LoadBalancer(aws, aws.function(ANSWER), register=False)

    with pytest.raises(ClientError) as refused:
        balancer.register()

    assert refused.value.response["Error"]["Code"] == "AccessDenied"


def test_a_load_balancer_whose_permission_is_gone_answers_502(aws: Any) -> None:
    function = aws.function(ANSWER)
    balancer = LoadBalancer(aws, function)
    policy = json.loads(aws.lambda_.get_policy(FunctionName=function)["Policy"])
    (statement,) = policy["Statement"]
    aws.lambda_.remove_permission(FunctionName=function, StatementId=statement["Sid"])

    assert balancer.post({})[0].status == 502


def test_one_connection_serves_many_requests_of_many_kinds(
    aws: Any, api: RestApi, balancer: LoadBalancer
) -> None:
    address = urlsplit(aws.endpoint)
    paths = [
        f"/restapis/{api.id}/v1/_user_request_/jobs",
        f"/_alb/{balancer.name}/jobs",
        "/_ministack/health",
    ] * 3
    with socket.create_connection((address.hostname, address.port or 0)) as connection:
        reader = connection.makefile("rb")
        for path in paths:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            assert reader.readline() == b"HTTP/1.1 200 OK\r\n"
            length = 0
            while (line := reader.readline()) != b"\r\n":
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            assert len(reader.read(length)) == length


def signed(url: str) -> dict[str, str]:
    """Return the headers of a GET request that the root of the account signs."""
    request = AWSRequest("GET", url)
    credentials = Credentials("test", "test")
    SigV4Auth(credentials, "execute-api", "us-east-1").add_auth(request)
    return dict(request.headers.items())
