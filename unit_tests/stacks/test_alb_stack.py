from typing import TYPE_CHECKING, Any

from stacks.naming import Stack

if TYPE_CHECKING:
    from unit_tests.stacks.conftest import Assembly, Synthesizer


def target_groups(assembly: "Assembly") -> dict[str, dict[str, Any]]:
    """Return the target groups by the first part of their name."""
    groups = assembly.resources(Stack.ALB, "AWS::ElasticLoadBalancingV2::TargetGroup")
    return {
        group["Properties"]["Name"]["Fn::Join"][1][0]: group | {"LogicalId": logical_id}
        for logical_id, group in groups.items()
    }


def test_only_the_allowed_network_reaches_the_load_balancer(assembly: "Assembly") -> None:
    [(logical_id, group)] = assembly.resources(Stack.ALB, "AWS::EC2::SecurityGroup").items()
    balancer = assembly.only(Stack.ALB, "AWS::ElasticLoadBalancingV2::LoadBalancer")

    [rule] = group["Properties"]["SecurityGroupIngress"]
    assert (rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) == ("tcp", 80, 80)
    assert rule["CidrIp"] == "203.0.113.0/24"
    assert balancer["SecurityGroups"] == [{"Fn::GetAtt": [logical_id, "GroupId"]}]
    assert not list(assembly.every("AWS::EC2::SecurityGroupIngress"))


def test_nobody_reaches_the_load_balancer_where_no_network_is_given(
    synthesize: "Synthesizer",
) -> None:
    closed = synthesize()

    group = closed.only(Stack.ALB, "AWS::EC2::SecurityGroup")
    assert "SecurityGroupIngress" not in group
    assert not list(closed.every("AWS::EC2::SecurityGroupIngress"))


def test_nothing_leaves_the_load_balancer(assembly: "Assembly") -> None:
    # A rule for one address that does not exist: without any, EC2 would allow everything.
    group = assembly.only(Stack.ALB, "AWS::EC2::SecurityGroup")

    [rule] = group["SecurityGroupEgress"]
    assert rule["CidrIp"] == "255.255.255.255/32"
    assert not list(assembly.every("AWS::EC2::SecurityGroupEgress"))


def test_the_load_balancer_faces_the_internet_from_two_zones(assembly: "Assembly") -> None:
    balancer = assembly.only(Stack.ALB, "AWS::ElasticLoadBalancingV2::LoadBalancer")
    subnets = assembly.resources(Stack.ALB, "AWS::EC2::Subnet")

    assert balancer["Scheme"] == "internet-facing"
    assert [subnet["Ref"] for subnet in balancer["Subnets"]] == list(subnets)
    zones = [subnet["Properties"]["AvailabilityZone"] for subnet in subnets.values()]
    assert zones == [{"Fn::Select": [index, {"Fn::GetAZs": ""}]} for index in (0, 1)]


def test_the_network_has_nothing_that_costs_money(assembly: "Assembly") -> None:
    types = {resource["Type"] for _, _, resource in assembly.every()}

    assert types.isdisjoint({"AWS::EC2::NatGateway", "AWS::EC2::EIP", "AWS::EC2::VPCEndpoint"})


def test_the_function_is_registered_after_the_permission_for_its_group(
    assembly: "Assembly",
) -> None:
    permissions = assembly.resources(Stack.ALB, "AWS::Lambda::Permission")
    groups = target_groups(assembly)

    assert set(groups) == {"single-value-", "multi-value-"}
    for prefix, group in groups.items():
        [permission] = group["DependsOn"]
        [target] = group["Properties"]["Targets"]
        arn = permissions[permission]["Properties"]["SourceArn"]["Fn::Join"][1]
        assert group["Properties"]["TargetType"] == "lambda"
        assert target["Id"] == permissions[permission]["Properties"]["FunctionName"]
        name = group["Properties"]["Name"]["Fn::Join"][1]
        assert arn[-3:] == [f":targetgroup/{prefix}", name[1], "/*"]


def test_names_of_target_groups_fit_into_32_characters(assembly: "Assembly") -> None:
    short_id = "01234567"

    for group in target_groups(assembly).values():
        separator, parts = group["Properties"]["Name"]["Fn::Join"]
        [prefix, generated] = parts
        assert generated == {
            "Fn::Select": [
                0,
                {
                    "Fn::Split": [
                        "-",
                        {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]},
                    ]
                },
            ]
        }
        assert len(separator.join([prefix, short_id])) <= 32


def test_requests_below_multi_value_go_to_the_group_with_multi_value_headers(
    assembly: "Assembly",
) -> None:
    groups = target_groups(assembly)
    listener = assembly.only(Stack.ALB, "AWS::ElasticLoadBalancingV2::Listener")
    rule = assembly.only(Stack.ALB, "AWS::ElasticLoadBalancingV2::ListenerRule")

    [default] = listener["DefaultActions"]
    [action] = rule["Actions"]
    [condition] = rule["Conditions"]
    single, multi = groups["single-value-"], groups["multi-value-"]
    assert default["TargetGroupArn"] == {"Ref": single["LogicalId"]}
    assert action["TargetGroupArn"] == {"Ref": multi["LogicalId"]}
    assert condition["PathPatternConfig"]["Values"] == ["/multi-value*"]
    assert "TargetGroupAttributes" not in single["Properties"]
    assert multi["Properties"]["TargetGroupAttributes"] == [
        {"Key": "lambda.multi_value_headers.enabled", "Value": "true"}
    ]


def test_headers_with_names_that_no_standard_allows_are_dropped(assembly: "Assembly") -> None:
    balancer = assembly.only(Stack.ALB, "AWS::ElasticLoadBalancingV2::LoadBalancer")

    attributes = {entry["Key"]: entry["Value"] for entry in balancer["LoadBalancerAttributes"]}
    assert attributes["routing.http.drop_invalid_header_fields.enabled"] == "true"
    assert attributes["deletion_protection.enabled"] == "false"
