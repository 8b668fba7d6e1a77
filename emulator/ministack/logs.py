"""CloudWatch Logs: where the log of execution environments goes."""

import time

from ministack.services import cloudwatch_logs

from emulator.ministack.permissions import execution_role_may
from emulator.ministack.scope import Scope, within
from emulator.ministack.seams import Seam

_MODULE = "ministack.services.cloudwatch_logs"
SEAMS = (
    Seam(_MODULE, "_log_groups"),
    Seam(_MODULE, "_append_log_events", "(stream, events)"),
    Seam(_MODULE, "_create_log_group", "(data)"),
    Seam(_MODULE, "_create_log_stream", "(data)"),
    Seam(_MODULE, "_fanout_to_subscription_filters", "(group_name, stream_name, events)"),
)

_CREATE_GROUP = "logs:CreateLogGroup"
_CREATE_STREAM = "logs:CreateLogStream"
_PUT = "logs:PutLogEvents"


class CloudWatchLogs:
    """The log groups of one account and region."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def put(
        self, log_group: str, log_stream: str, events: list[tuple[int, str]], role_arn: str
    ) -> None:
        """Append events, each a time in milliseconds since 1970 and a message.

        Creates the group and the stream when they are missing, as Lambda does; all that takes
        permissions of the role. "If the role is missing these permissions, the function still
        runs" (AWS Lambda Operator Guide, "Access to CloudWatch Logs").
        """
        with within(self._scope):
            if not self._are_there(log_group, log_stream, role_arn):
                return
            if not execution_role_may(role_arn, _PUT, self._arn(log_group, log_stream)):
                return
            streams = cloudwatch_logs._log_groups[log_group]["streams"]
            ingested_at = int(time.time() * 1000)
            cloudwatch_logs._append_log_events(
                streams[log_stream],
                [
                    {"timestamp": at, "message": message, "ingestionTime": ingested_at}
                    for at, message in events
                ],
            )
            cloudwatch_logs._fanout_to_subscription_filters(
                log_group,
                log_stream,
                [{"timestamp": at, "message": message} for at, message in events],
            )

    def _are_there(self, log_group: str, log_stream: str, role_arn: str) -> bool:
        """Say whether there are a group and a stream, or they could be created now."""
        groups = cloudwatch_logs._log_groups
        if log_group not in groups:
            if not execution_role_may(role_arn, _CREATE_GROUP, self._arn(log_group)):
                return False
            cloudwatch_logs._create_log_group({"logGroupName": log_group})
        if log_stream not in groups[log_group]["streams"]:
            if not execution_role_may(role_arn, _CREATE_STREAM, self._arn(log_group, log_stream)):
                return False
            cloudwatch_logs._create_log_stream(
                {"logGroupName": log_group, "logStreamName": log_stream}
            )
        return True

    def _arn(self, log_group: str, log_stream: str | None = None) -> str:
        group = f"arn:aws:logs:{self._scope.region}:{self._scope.account}:log-group:{log_group}"
        return group if log_stream is None else f"{group}:log-stream:{log_stream}"
