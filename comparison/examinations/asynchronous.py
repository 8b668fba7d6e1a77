"""Examinations of the asynchronous configuration and its triggers."""

from collections.abc import Mapping
from typing import Any

from comparison.deployed import Deployed
from comparison.examinations.examination import Examination, answered
from comparison.examinations.refused_settings import refused
from comparison.path import Path
from stacks.naming import Output


def sink_arns(deployed: Deployed) -> list[str]:
    """Return the ARNs of both destinations and of the dead-letter queue."""
    client, name = deployed.clients.lambda_, deployed.outputs[Output.FUNCTION_NAME]
    destinations = client.get_function_event_invoke_config(FunctionName=name)["DestinationConfig"]
    configuration = client.get_function_configuration(FunctionName=name)
    return [
        destinations["OnSuccess"]["Destination"],
        destinations["OnFailure"]["Destination"],
        configuration["DeadLetterConfig"]["TargetArn"],
    ]


def rule_arns(deployed: Deployed) -> dict[str, str]:
    """Return the ARN of each path's rule."""
    return {
        Path.EVENTBRIDGE: deployed.outputs[Output.EVENT_RULE_ARN],
        Path.SCHEDULE: deployed.outputs[Output.SCHEDULE_RULE_ARN],
    }


def subscription(deployed: Deployed) -> dict[str, Any]:
    """Return the attributes of the function's subscription (SN-06)."""
    answer = answered(
        lambda: deployed.clients.sns.get_subscription_attributes(
            SubscriptionArn=deployed.outputs[Output.SUBSCRIPTION_ARN]
        )
    )
    attributes: dict[str, Any] = answer.get("Attributes", answer)
    return attributes


def schedule_on_custom_bus(deployed: Deployed) -> dict[str, Any]:
    """Ask for a schedule on a bus other than the default one (EB-13); no path uses the rule."""
    client, bus = deployed.clients.events, deployed.outputs[Output.EVENT_BUS_NAME]
    name = f"{deployed.outputs[Output.SCHEDULE_RULE_NAME][:50]}-refused"
    return refused(
        lambda: client.put_rule(
            Name=name, EventBusName=bus, ScheduleExpression="rate(1 minute)", State="DISABLED"
        ),
        lambda: client.delete_rule(Name=name, EventBusName=bus),
    )


ASYNCHRONOUS_EXAMINATIONS: Mapping[str, Examination] = {
    "sink-arns": sink_arns,
    "rule-arns": rule_arns,
    "subscription": subscription,
    "schedule-on-custom-bus": schedule_on_custom_bus,
}
