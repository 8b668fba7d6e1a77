"""`s3`: an object is put, and S3 notifies the function of it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from comparison.observation import CallerSaw, Sending
from comparison.senders.call import body_of, timed_call
from comparison.stack_outputs import StackOutputs
from stacks.naming import Output

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def object_key(sending: Sending) -> str:
    """Return the key under which a job's object is put; options may say `suffix`."""
    return f"jobs/{sending.job}{sending.options.get('suffix', '')}"


class ObjectSender:
    """Puts the job as an object of its own."""

    def __init__(self, client: "S3Client", outputs: StackOutputs) -> None:
        self._client = client
        self._bucket = outputs[Output.BUCKET_NAME]

    def send(self, sendings: Sequence[Sending]) -> list[CallerSaw]:
        """Put one object per job."""
        return [self._put(sending) for sending in sendings]

    def _put(self, sending: Sending) -> CallerSaw:
        return timed_call(
            lambda: self._client.put_object(
                Bucket=self._bucket, Key=object_key(sending), Body=body_of(sending).encode()
            ),
            sending.trace_header,
        )
