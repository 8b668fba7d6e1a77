"""Whether a function's resource-based policy lets a service of AWS invoke it.

API Gateway, load balancers, S3, EventBridge and SNS need a statement there (AG-26, AL-24, S3-11,
EB-09, SN-12). SQS does not: its event source mapping acts with the function's execution role
(see identity_policy).
"""

from typing import Any

from emulator.engine.policy_statement import AccessRequest, is_allowed


def permits_invocation(
    policy: Any,
    function_arn: str,
    service_principal: str,
    source_arn: str | None = None,
    source_account: str | None = None,
) -> bool:
    """Tell whether `policy`, a policy document or None, permits lambda:InvokeFunction.

    function_arn is the ARN invoked, with its qualifier: a statement for a version or alias permits
    that one only, and `$LATEST` is the function without a qualifier (Lambda API, AddPermission).
    source_arn and source_account are those of the calling resource, such as a topic.
    """
    context = {
        "aws:sourcearn": source_arn,
        "aws:sourceaccount": source_account,
        "aws:securetransport": "true",
    }
    request = AccessRequest(
        action="lambda:InvokeFunction",
        resource=function_arn.removesuffix(":$LATEST"),
        service_principal=service_principal,
        context={key: value for key, value in context.items() if value is not None},
    )
    return is_allowed([policy], request)
