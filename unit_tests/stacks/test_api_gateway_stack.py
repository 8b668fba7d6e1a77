from typing import TYPE_CHECKING, Any

from stacks.naming import SHORT_TIMEOUT_RESOURCE, Stack

if TYPE_CHECKING:
    from unit_tests.stacks.conftest import Assembly


def methods_by_path(assembly: "Assembly") -> dict[str, dict[str, Any]]:
    """Return the properties of each method by its resource's path part (`/` is the root)."""
    resources = assembly.resources(Stack.API_GATEWAY, "AWS::ApiGateway::Resource")
    methods = assembly.resources(Stack.API_GATEWAY, "AWS::ApiGateway::Method")
    by_path = {}
    for method in methods.values():
        resource = method["Properties"]["ResourceId"].get("Ref")
        path = resources[resource]["Properties"]["PathPart"] if resource else "/"
        by_path[path] = method["Properties"]
    return by_path


def test_every_method_asks_for_a_signature(assembly: "Assembly") -> None:
    methods = methods_by_path(assembly)

    assert set(methods) == {"{proxy+}", SHORT_TIMEOUT_RESOURCE}
    for method in methods.values():
        assert method["HttpMethod"] == "ANY"
        assert method["AuthorizationType"] == "AWS_IAM"


def test_every_request_goes_to_the_function_as_it_came(assembly: "Assembly") -> None:
    for method in methods_by_path(assembly).values():
        assert method["Integration"]["Type"] == "AWS_PROXY"
        assert method["Integration"]["IntegrationHttpMethod"] == "POST"


def test_only_the_resource_for_it_has_a_short_timeout(assembly: "Assembly") -> None:
    timeouts = {
        path: method["Integration"].get("TimeoutInMillis")
        for path, method in methods_by_path(assembly).items()
    }

    assert timeouts == {"{proxy+}": None, SHORT_TIMEOUT_RESOURCE: 2000}


def test_the_api_is_regional_and_leaves_bodies_alone(assembly: "Assembly") -> None:
    api = assembly.only(Stack.API_GATEWAY, "AWS::ApiGateway::RestApi")

    assert api["EndpointConfiguration"] == {"Types": ["REGIONAL"]}
    assert "BinaryMediaTypes" not in api


def test_the_stage_is_v1_and_no_setting_of_the_account_changes(assembly: "Assembly") -> None:
    stage = assembly.only(Stack.API_GATEWAY, "AWS::ApiGateway::Stage")

    assert stage["StageName"] == "v1"
    assert not list(assembly.every("AWS::ApiGateway::Account"))


def test_the_stage_shows_the_methods_as_they_are_now(assembly: "Assembly") -> None:
    [deployment] = assembly.resources(Stack.API_GATEWAY, "AWS::ApiGateway::Deployment").values()
    methods = assembly.resources(Stack.API_GATEWAY, "AWS::ApiGateway::Method")

    assert set(methods) <= set(deployment["DependsOn"])
