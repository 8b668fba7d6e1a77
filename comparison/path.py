"""The paths to the function and their invocation types."""

from enum import StrEnum


class InvocationType(StrEnum):
    """How a path invokes the function; decides who waits and who retries."""

    SYNCHRONOUS = "synchronous"
    ASYNCHRONOUS = "asynchronous"
    POLL_BASED = "poll-based"


class Path(StrEnum):
    """One way to the function."""

    SDK_SYNC = "sdk-sync"
    CLI_SYNC = "cli-sync"
    API_GATEWAY = "api-gateway"
    ALB = "alb"
    SDK_EVENT = "sdk-event"
    CLI_EVENT = "cli-event"
    S3 = "s3"
    EVENTBRIDGE = "eventbridge"
    SCHEDULE = "schedule"
    SNS = "sns"
    SQS = "sqs"

    @property
    def invocation_type(self) -> InvocationType:
        """The invocation type of this path."""
        if self in SYNCHRONOUS:
            return InvocationType.SYNCHRONOUS
        if self is Path.SQS:
            return InvocationType.POLL_BASED
        return InvocationType.ASYNCHRONOUS


SYNCHRONOUS = frozenset({Path.SDK_SYNC, Path.CLI_SYNC, Path.API_GATEWAY, Path.ALB})
ASYNCHRONOUS = frozenset(set(Path) - SYNCHRONOUS - {Path.SQS})
EVERY_PATH = tuple(Path)
QUICK_PATHS = tuple(path for path in Path if path is not Path.SCHEDULE)
"""All paths but the one that has to wait for a clock."""
