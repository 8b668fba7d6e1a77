"""What was sent and what was seen of it: plain data, the same for every path and target."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from comparison.path import Path
from stacks.naming import QueueName


@dataclass(frozen=True)
class HttpOptions:
    """How a job travels through API Gateway or the ALB.

    resource is the path below the stage or the load balancer, as it stands in the request line,
    query string excluded. query is the raw query string. A GET has no body: its job is the query
    parameter `job`. signed False leaves out the signature that API Gateway wants.
    """

    method: str = "POST"
    resource: str = "/jobs"
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    signed: bool = True


@dataclass(frozen=True)
class Sending:
    """One job to be sent down one path.

    work is the job's `do`, parameters go with it. after is the delay in seconds from the start of
    the run. Sendings of one path with the same `together` leave in one call (SQS: one
    SendMessageBatch). qualifier names an alias for direct invocations; payload replaces the job
    on direct paths (to send what is not a job), padded_to fills the job up with spaces to that
    many bytes. trace_header is the X-Amzn-Trace-Id of the API call; options go into the API
    request as they are. read_timeout is how many seconds the SDK waits for an answer before it
    sends the request once more. watched_for is how many seconds a job is watched that is to leave
    no trace.
    """

    scenario: str
    path: Path
    job: str
    work: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    after: float = 0.0
    together: str | None = None
    qualifier: str | None = None
    payload: bytes | None = None
    padded_to: int = 0
    http: HttpOptions = HttpOptions()
    queue: QueueName = QueueName.PROMPT
    message_group: str | None = None
    trace_header: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    read_timeout: float | None = None
    watched_for: float | None = None

    @property
    def run(self) -> str:
        """The run's id, the first part of the job's id."""
        return self.job.partition(".")[0]

    def document(self) -> dict[str, Any]:
        """Return the job as it travels (JSON object)."""
        return {"run": self.run, "job": self.job, "do": self.work, **self.parameters}


@dataclass(frozen=True)
class CallerSaw:
    """What the caller of a path got, and how long it waited for it.

    status is the HTTP status, None when no response came (error then says why). headers have
    lower-case names. details holds the fields of the API response that are not the body
    (FunctionError, MessageId, ...). sent_at is in seconds since 1970.
    """

    sent_at: float
    seconds: float
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    error: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Attempt:
    """One receipt: an attempt of the function at a job.

    Times are in seconds since 1970; finished_at is None when the function did not live to say so.
    """

    request_id: str
    path: str
    started_at: float
    finished_at: float | None
    outcome: str
    batch_size: int
    receive_count: int | None
    message_id: str | None
    cold: bool
    environment_id: str
    log_stream: str
    trace_header: str | None
    client_context: Any
    event: Any


class Place(StrEnum):
    """Where a job can end."""

    CALLER = "caller"
    ON_SUCCESS = "on-success destination"
    ON_FAILURE = "on-failure destination"
    FUNCTION_DEAD_LETTER_QUEUE = "function dead-letter queue"
    RULE_DEAD_LETTER_QUEUE = "rule dead-letter queue"
    SUBSCRIPTION_DEAD_LETTER_QUEUE = "subscription dead-letter queue"
    DELETED = "deleted from the queue"
    DEAD_LETTER_QUEUE = "dead-letter queue"
    DISCARDED = "discarded"


@dataclass(frozen=True)
class Ending:
    """A place where a job ended, and the message that was found there.

    at is when it was seen there, in seconds since 1970. record is the message's body, parsed when
    it is JSON; attributes are its message attributes, system_attributes those that SQS adds.
    """

    where: Place
    at: float
    record: Any = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    system_attributes: Mapping[str, str] = field(default_factory=dict)
    message_id: str | None = None


@dataclass(frozen=True)
class Unanswered:
    """What stands for the answer to an examination that could not be carried out: why not."""

    reason: str


@dataclass(frozen=True)
class JobObservation:
    """All that was seen of one job."""

    sending: Sending
    caller: CallerSaw | None
    attempts: tuple[Attempt, ...] = ()
    endings: tuple[Ending, ...] = ()

    @property
    def ended(self) -> Ending | None:
        """The ending that settles the job: the first in the order of `Place`."""
        order = list(Place)
        return min(self.endings, key=lambda ending: order.index(ending.where), default=None)

    def ending(self, where: Place) -> Ending | None:
        """Return the ending at a place, if the job got there."""
        return next((ending for ending in self.endings if ending.where is where), None)
