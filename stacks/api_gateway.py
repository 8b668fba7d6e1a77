"""Synchronous path: a REST API with Lambda proxy integration."""

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from stacks.configuration import SHORT_INTEGRATION_TIMEOUT_SECONDS
from stacks.naming import SHORT_TIMEOUT_RESOURCE, Output


class ApiGatewayStack(Stack):
    """REST API that hands every request to the function, for callers that sign with SigV4."""

    def __init__(self, scope: Construct, construct_id: str, *, function_arn: str) -> None:
        super().__init__(scope, construct_id, description="The function behind a REST API")
        function = lambda_.Function.from_function_attributes(
            self, "Function", function_arn=function_arn, same_environment=True
        )
        api = apigateway.RestApi(
            self,
            "Api",
            rest_api_name=construct_id,
            description="Lambda proxy integration with the one function",
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            deploy_options=apigateway.StageOptions(stage_name="v1"),
            # A strange caller is turned away before the function runs.
            default_method_options=apigateway.MethodOptions(
                authorization_type=apigateway.AuthorizationType.IAM
            ),
            default_integration=apigateway.LambdaIntegration(function, allow_test_invoke=False),
            # The role for execution logs belongs to the whole account, not to one stack.
            cloud_watch_role=False,
        )
        # Not add_proxy, which adds a method to the root too: the root stays unknown (AG-20).
        api.root.add_resource("{proxy+}").add_method("ANY")
        # The default of 29 s outlasts the function; here API Gateway gives up first. No
        # LambdaIntegration, which would add a permission that nothing needs: the wildcard in that
        # of {proxy+}, `*/*`, spans this resource too.
        api.root.add_resource(SHORT_TIMEOUT_RESOURCE).add_method(
            "ANY",
            apigateway.AwsIntegration(
                service="lambda",
                proxy=True,
                path=f"2015-03-31/functions/{function_arn}/invocations",
                options=apigateway.IntegrationOptions(
                    timeout=Duration.seconds(SHORT_INTEGRATION_TIMEOUT_SECONDS)
                ),
            ),
        )
        # RestApi adds an output of its own, under a name with a hash.
        api.node.try_remove_child("Endpoint")

        CfnOutput(self, Output.REST_API_ID, value=api.rest_api_id)
        CfnOutput(self, Output.REST_API_STAGE, value=api.deployment_stage.stage_name)
        CfnOutput(self, Output.REST_API_URL, value=api.url)
