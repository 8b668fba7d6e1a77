"""CloudFormation: what MiniStack's handlers drop, added after or checked before they run."""

import io
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import alb, lambda_svc, s3, sns
from ministack.services.cloudformation import provisioners

from emulator.ministack.load_balancers import refuse_target, with_health_check_defaults
from emulator.ministack.seams import Seam

_PROVISIONERS = "ministack.services.cloudformation.provisioners"
SEAMS = (
    Seam(_PROVISIONERS, "_RESOURCE_HANDLERS"),
    Seam(_PROVISIONERS, "_lambda_create", "(logical_id, props, stack_name)"),
    Seam(
        _PROVISIONERS,
        "_lambda_update",
        "(physical_id, old_props, new_props, stack_name, logical_id=None)",
    ),
    Seam(_PROVISIONERS, "_elbv2_target_group_create", "(logical_id, props, stack_name)"),
    Seam(
        _PROVISIONERS,
        "_elbv2_target_group_update",
        "(physical_id, old_props, new_props, stack_name, logical_id=None)",
    ),
    Seam(_PROVISIONERS, "_s3_delete", "(physical_id, props)"),
    Seam("ministack.services.lambda_svc", "_functions"),
    Seam("ministack.services.alb", "_targets"),
    Seam("ministack.services.alb", "_tgs"),
    Seam("ministack.services.s3", "_buckets"),
    Seam("ministack.services.sns", "_find_subscription", "(topic_arn, sub_arn)"),
)

Properties = Mapping[str, Any]
Handler = Callable[..., Any]


def install() -> None:
    """Let CloudFormation apply what it drops, and refuse what it should."""
    _after("AWS::Lambda::Function", _apply_function_properties)
    _after("AWS::SNS::Subscription", _complete_subscription)
    _after("AWS::ElasticLoadBalancingV2::TargetGroup", _register_targets)
    _before("AWS::ElasticLoadBalancingV2::TargetGroup", with_health_check_defaults)
    _wrap("AWS::S3::Bucket", "delete", _refusing_full_buckets)


def _after(resource_type: str, apply: Callable[[str, Properties], None]) -> None:
    """Call apply(physical id, properties) whenever a resource was created or updated."""

    def creating(create: Handler) -> Handler:
        def create_and_apply(logical_id: str, properties: Properties, *rest: Any) -> Any:
            result = create(logical_id, properties, *rest)
            apply(result[0], properties)
            return result

        return create_and_apply

    def updating(update: Handler) -> Handler:
        def update_and_apply(
            physical_id: str, old: Properties, new: Properties, *rest: Any, **named: Any
        ) -> Any:
            result = update(physical_id, old, new, *rest, **named)
            apply(result[0], new)
            return result

        return update_and_apply

    _wrap(resource_type, "create", creating)
    _wrap(resource_type, "update", updating)


def _before(resource_type: str, complete: Callable[[Properties], Properties]) -> None:
    """Let a resource be created and updated with complete(properties)."""

    def creating(create: Handler) -> Handler:
        def create_completed(logical_id: str, properties: Properties, *rest: Any) -> Any:
            return create(logical_id, complete(properties), *rest)

        return create_completed

    def updating(update: Handler) -> Handler:
        def update_completed(
            physical_id: str, old: Properties, new: Properties, *rest: Any, **named: Any
        ) -> Any:
            return update(physical_id, complete(old), complete(new), *rest, **named)

        return update_completed

    _wrap(resource_type, "create", creating)
    _wrap(resource_type, "update", updating)


def _wrap(resource_type: str, action: str, wrapper: Callable[[Handler], Handler]) -> None:
    handlers = provisioners._RESOURCE_HANDLERS[resource_type]
    handlers[action] = wrapper(handlers[action])


def _apply_function_properties(name: str, properties: Properties) -> None:
    """DeadLetterConfig and ReservedConcurrentExecutions; a package that is no zip is refused."""
    record = lambda_svc._functions[name]
    package = record["code_zip"]
    if record["config"]["PackageType"] == "Zip" and not _is_zip(package):
        lambda_svc._functions.pop(name)
        raise ValueError(
            "Could not unzip uploaded file. Please check your file, then try to upload again. "
            "(Service: Lambda, Status Code: 400)"
        )
    dead_letters = properties.get("DeadLetterConfig")
    if dead_letters:
        record["config"]["DeadLetterConfig"] = dict(dead_letters)
    else:
        record["config"].pop("DeadLetterConfig", None)
    reserved = properties.get("ReservedConcurrentExecutions")
    record["concurrency"] = None if reserved is None else int(reserved)


def _complete_subscription(arn: str, properties: Properties) -> None:
    """Fill in the attributes that a subscription has by itself (SN-06)."""
    subscription = sns._find_subscription(properties["TopicArn"], arn)
    if subscription is None:
        return
    confirmed = subscription["confirmed"]
    subscription["attributes"].update(
        SubscriptionArn=arn,
        TopicArn=subscription["topic_arn"],
        Protocol=subscription["protocol"],
        Endpoint=subscription["endpoint"],
        Owner=subscription["owner"],
        ConfirmationWasAuthenticated=str(confirmed).lower(),
        PendingConfirmation=str(not confirmed).lower(),
    )


def _is_zip(package: bytes | None) -> bool:
    return package is not None and zipfile.is_zipfile(io.BytesIO(package))


def _register_targets(arn: str, properties: Properties) -> None:
    targets = [dict(target) for target in properties.get("Targets", [])]
    if alb._tgs[arn]["TargetType"] == "lambda":
        for target in targets:
            refused = refuse_target(arn, target["Id"])
            if refused is not None:
                raise ValueError(f"{refused} (Service: ElasticLoadBalancingV2, Status Code: 403)")
    alb._targets[arn] = targets


def _refusing_full_buckets(delete: Handler) -> Handler:
    def delete_empty_bucket(name: str, properties: Properties) -> Any:
        bucket = s3._buckets.get(name)
        if bucket and bucket["objects"]:
            raise ValueError(
                "The bucket you tried to delete is not empty (Service: S3, Status Code: 409)"
            )
        return delete(name, properties)

    return delete_empty_bucket
