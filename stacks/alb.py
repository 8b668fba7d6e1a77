"""Synchronous path: an Application Load Balancer with Lambda target groups."""

from typing import cast

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from stacks.generated_names import stack_short_id
from stacks.naming import MULTI_VALUE_PATH, Output


class AlbStack(Stack):
    """Load balancer in a VPC of its own: nearly all that the stacks cost while idle."""

    def __init__(
        self, scope: Construct, construct_id: str, *, function_arn: str, allowed_cidr: str | None
    ) -> None:
        super().__init__(scope, construct_id, description="The function behind a load balancer")
        vpc = self._create_vpc()
        # Nothing may leave: Elastic Load Balancing calls Lambda, not the network of this VPC.
        security_group = ec2.SecurityGroup(
            self,
            "SecurityGroup",
            vpc=vpc,
            description="Who may reach the load balancer",
            allow_all_outbound=False,
        )
        if allowed_cidr is not None:
            security_group.add_ingress_rule(ec2.Peer.ipv4(allowed_cidr), ec2.Port.HTTP)
        load_balancer = elbv2.ApplicationLoadBalancer(
            self,
            "LoadBalancer",
            vpc=vpc,
            internet_facing=True,
            security_group=security_group,
            drop_invalid_header_fields=True,
        )
        target_group = self._target_group("single-value", function_arn, multi_value_headers=False)
        multi_value = self._target_group("multi-value", function_arn, multi_value_headers=True)
        # Plain HTTP: a sandbox account has no domain, so no certificate could be issued for it.
        # `open` would let in everybody.
        listener = load_balancer.add_listener(
            "Http", port=80, open=False, default_target_groups=[target_group]
        )
        listener.add_target_groups(
            "MultiValue",
            priority=1,
            conditions=[elbv2.ListenerCondition.path_patterns([f"{MULTI_VALUE_PATH}*"])],
            target_groups=[multi_value],
        )

        CfnOutput(self, Output.LOAD_BALANCER_NAME, value=load_balancer.load_balancer_name)
        CfnOutput(self, Output.LOAD_BALANCER_DNS_NAME, value=load_balancer.load_balancer_dns_name)
        CfnOutput(self, Output.TARGET_GROUP_ARN, value=target_group.target_group_arn)
        CfnOutput(self, Output.MULTI_VALUE_TARGET_GROUP_ARN, value=multi_value.target_group_arn)

    def _create_vpc(self) -> ec2.Vpc:
        """Create a VPC of two public subnets, as a load balancer needs, and nothing that costs."""
        return ec2.Vpc(
            self,
            "Vpc",
            ip_addresses=ec2.IpAddresses.cidr("10.0.0.0/24"),
            max_azs=2,
            nat_gateways=0,
            subnet_configuration=[
                ec2.SubnetConfiguration(
                    name="Public",
                    subnet_type=ec2.SubnetType.PUBLIC,
                    cidr_mask=26,
                    map_public_ip_on_launch=False,
                )
            ],
            # Would add a function, a role and a log group of its own, for a group nobody uses.
            restrict_default_security_group=False,
        )

    def _target_group(
        self, purpose: str, function_arn: str, *, multi_value_headers: bool
    ) -> elbv2.ApplicationTargetGroup:
        """Create a target group, and the permission to invoke the function for it alone.

        The conditions are those that "Lambda functions as targets" in the Application Load
        Balancer guide recommends. LambdaTarget of the CDK would leave out both (AL-24).
        """
        name = f"{purpose}-{stack_short_id(self)}"  # at most 32 characters
        permission = lambda_.CfnPermission(
            self,
            f"Invoke-{purpose}",
            action="lambda:InvokeFunction",
            function_name=function_arn,
            principal="elasticloadbalancing.amazonaws.com",
            source_account=self.account,
            # The name is followed by an id that nobody knows before the group exists.
            source_arn=self.format_arn(
                service="elasticloadbalancing", resource="targetgroup", resource_name=f"{name}/*"
            ),
        )
        group = elbv2.ApplicationTargetGroup(
            self,
            f"Targets-{purpose}",
            target_group_name=name,
            target_type=elbv2.TargetType.LAMBDA,
            multi_value_headers_enabled=multi_value_headers,
        )
        resource = cast("elbv2.CfnTargetGroup", group.node.default_child)
        resource.targets = [elbv2.CfnTargetGroup.TargetDescriptionProperty(id=function_arn)]
        # Registering the function fails while the permission is missing.
        resource.add_resource_dependency(permission)
        return group
