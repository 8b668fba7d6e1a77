"""EventBridge schedules: fired when they are due, and refused where AWS refuses them."""

import re
from collections.abc import Callable
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import eventbridge, scheduler

from emulator.ministack.seams import Seam, wrap

_PUT_RULE = Seam("ministack.services.eventbridge", "_put_rule", "(data)")
SEAMS = (
    _PUT_RULE,
    Seam(
        "ministack.core.responses",
        "error_response_json",
        "(code, message, status=400, extra=None, *, message_key='message', "
        "content_type='application/x-amz-json-1.0')",
    ),
    Seam("ministack.services.eventbridge", "_SCHEDULER_TICK_INTERVAL"),
    Seam("ministack.services.scheduler", "_SCHEDULE_TICK_INTERVAL"),
)

SECONDS_BETWEEN_LOOKS = 0.5
"""How often MiniStack looks for schedules that are due; as shipped every 10 s."""

_RATE = re.compile(r"rate\((\d+) (minute|hour|day)(s?)\)")


def install() -> None:
    """Fire schedules within half a second, and check new ones."""
    eventbridge._SCHEDULER_TICK_INTERVAL = SECONDS_BETWEEN_LOOKS
    scheduler._SCHEDULE_TICK_INTERVAL = SECONDS_BETWEEN_LOOKS
    wrap(_PUT_RULE, _checking)


def _checking(put_rule: Callable[..., Any]) -> Callable[..., Any]:
    def put_checked_rule(data: dict[str, Any]) -> Any:
        schedule = data.get("ScheduleExpression")
        if schedule and data.get("EventBusName", "default") != "default":
            return error_response_json(
                "ValidationException",
                "ScheduleExpression is supported only on the default event bus.",
            )
        if schedule and schedule.startswith("rate(") and not is_rate(schedule):
            return error_response_json(
                "ValidationException", "Parameter ScheduleExpression is not valid."
            )
        return put_rule(data)

    return put_checked_rule


def is_rate(expression: str) -> bool:
    """Say whether this is a rate as EventBridge takes it: singular for 1, else plural (EB-14)."""
    rate = _RATE.fullmatch(expression)
    if rate is None:
        return False
    return (int(rate[1]) == 1) == (rate[3] == "") and int(rate[1]) > 0
