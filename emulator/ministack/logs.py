"""CloudWatch Logs: where the log of execution environments goes."""

import time

from ministack.services import cloudwatch_logs

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


class CloudWatchLogs:
    """The log groups of one account and region."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def put(self, log_group: str, log_stream: str, events: list[tuple[int, str]]) -> None:
        """Append events, each a time in milliseconds since 1970 and a message.

        Creates the group and the stream when they are missing, as Lambda does.
        """
        with within(self._scope):
            groups = cloudwatch_logs._log_groups
            if log_group not in groups:
                cloudwatch_logs._create_log_group({"logGroupName": log_group})
            streams = groups[log_group]["streams"]
            if log_stream not in streams:
                cloudwatch_logs._create_log_stream(
                    {"logGroupName": log_group, "logStreamName": log_stream}
                )
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
