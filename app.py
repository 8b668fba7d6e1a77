"""Entry point of the CDK: the function's stack, and one more for each kind of path to it."""

import sys

from aws_cdk import App, Tags

from stacks.alb import AlbStack
from stacks.api_gateway import ApiGatewayStack
from stacks.asynchronous import AsynchronousStack
from stacks.context import Context, InvalidContextError, read_context
from stacks.function import FunctionStack
from stacks.naming import PROJECT, Stack, stack_name
from stacks.polling import PollingStack


def add_stacks(app: App, context: Context) -> None:
    """Add the stacks of one stage to an app that has none yet."""
    if context.qualifier is not None:
        app.node.set_context("@aws-cdk/core:bootstrapQualifier", context.qualifier)
    if context.permissions_boundary is not None:
        boundary = {"arn": context.permissions_boundary}
        app.node.set_context("@aws-cdk/core:permissionsBoundary", boundary)
    Tags.of(app).add("project", PROJECT)
    Tags.of(app).add("stage", context.stage)
    if context.expires is not None:
        Tags.of(app).add("expires", context.expires.isoformat())

    names = {stack: stack_name(context.stage, stack) for stack in Stack}
    base = FunctionStack(app, names[Stack.FUNCTION], architecture=context.architecture)
    arn = base.function.function_arn
    if Stack.API_GATEWAY not in context.without:
        ApiGatewayStack(app, names[Stack.API_GATEWAY], function_arn=arn)
    if Stack.ALB not in context.without:
        cidr = context.allowed_cidr
        AlbStack(app, names[Stack.ALB], function_arn=arn, allowed_cidr=cidr)
    if Stack.ASYNCHRONOUS not in context.without:
        AsynchronousStack(app, names[Stack.ASYNCHRONOUS], function_arn=arn, role=base.role)
    if Stack.POLLING not in context.without:
        PollingStack(app, names[Stack.POLLING], function_arn=arn, role=base.role)


def main() -> None:
    """Synthesize the app from the context that the CDK CLI passes on."""
    app = App(
        analytics_reporting=False, stack_traces=False, builtin_cloud_formation_validation=False
    )
    try:
        context = read_context(app.node.try_get_context)
    except InvalidContextError as error:
        print(f"app.py: {error}", file=sys.stderr)
        sys.exit(2)
    add_stacks(app, context)
    app.synth()


if __name__ == "__main__":
    main()
