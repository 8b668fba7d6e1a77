"""The functions with what they configure for asynchronous invocation."""

from collections.abc import Mapping
from typing import Any

from emulator.engine.asynchronous_event import AsynchronousConfiguration, AsynchronousFunction
from emulator.ministack import event_invoke_config, functions
from emulator.ministack.functions import FunctionReference


class Directory:
    """Finds functions as they are now."""

    def find(self, function_arn: str, qualifier: str | None) -> AsynchronousFunction | None:
        """Return the function by unqualified ARN and version or alias; None when none is there."""
        base = functions.reference(function_arn)
        qualified = FunctionReference(base.scope, base.name, qualifier)
        function = functions.find(qualified)
        record = functions.record(qualified)
        if function is None or record is None:
            return None
        configuration = event_invoke_config.of(record, qualifier)
        target = functions.configuration(qualified).get("DeadLetterConfig", {}).get("TargetArn")
        return AsynchronousFunction(function, _asynchronous(configuration, target))


def _asynchronous(configured: Mapping[str, Any], target: str | None) -> AsynchronousConfiguration:
    destinations = configured.get("DestinationConfig", {})
    return AsynchronousConfiguration(
        maximum_retry_attempts=int(configured.get("MaximumRetryAttempts", 2)),
        maximum_event_age_seconds=int(configured.get("MaximumEventAgeInSeconds", 21_600)),
        on_success=destinations.get("OnSuccess", {}).get("Destination"),
        on_failure=destinations.get("OnFailure", {}).get("Destination"),
        dead_letter_target=target or None,
    )
