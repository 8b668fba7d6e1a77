"""The one way this project makes an SQS queue."""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_sqs as sqs
from constructs import Construct


class EncryptedQueue(sqs.Queue):
    """A queue encrypted with keys that SQS manages, reached over TLS only, gone on destroy."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        retention: Duration,
        visibility_timeout: Duration | None = None,
        dead_letter_queue: sqs.DeadLetterQueue | None = None,
        fifo: bool = False,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            removal_policy=RemovalPolicy.DESTROY,
            retention_period=retention,
            visibility_timeout=visibility_timeout,
            dead_letter_queue=dead_letter_queue,
            # SQS refuses FifoQueue: false, so a standard queue leaves the property out.
            fifo=True if fifo else None,
        )
