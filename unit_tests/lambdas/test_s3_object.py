import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber

from lambdas.probe.event_shape import S3Object
from lambdas.probe.job import JobError
from lambdas.probe.s3_object import read_text

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

REFERENCE = S3Object("jobs-bucket", "r1/job 1.json")
REQUEST = {"Bucket": "jobs-bucket", "Key": "r1/job 1.json"}


@pytest.fixture
def client() -> "S3Client":
    return boto3.client(
        "s3",
        region_name="eu-west-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - a client needs one, and nothing is sent
    )


@pytest.fixture
def s3(client: "S3Client") -> Iterator[Stubber]:
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def content(data: bytes, length: int | None = None) -> dict[str, StreamingBody]:
    return {"Body": StreamingBody(io.BytesIO(data), len(data) if length is None else length)}


def test_the_content_of_an_object_is_the_text(client: "S3Client", s3: Stubber) -> None:
    s3.add_response("get_object", content('{"run": "é"}'.encode()), REQUEST)

    assert read_text(client, REFERENCE) == '{"run": "é"}'


@pytest.mark.parametrize(
    ("code", "complaint"),
    [
        ("NoSuchKey", "the object s3://jobs-bucket/r1/job 1.json is gone"),
        (
            "AccessDenied",
            "the object s3://jobs-bucket/r1/job 1.json cannot be read: .*AccessDenied",
        ),
        ("SlowDown", "the object s3://jobs-bucket/r1/job 1.json cannot be read: .*SlowDown"),
    ],
)
def test_an_object_that_cannot_be_read_is_no_job(
    client: "S3Client", s3: Stubber, code: str, complaint: str
) -> None:
    s3.add_client_error("get_object", code, expected_params=REQUEST)

    with pytest.raises(JobError, match=complaint):
        read_text(client, REFERENCE)


def test_an_object_that_breaks_off_cannot_be_read(client: "S3Client", s3: Stubber) -> None:
    s3.add_response("get_object", content(b"{", length=44), REQUEST)

    with pytest.raises(JobError, match="cannot be read: "):
        read_text(client, REFERENCE)


def test_an_object_that_is_not_text_is_no_job(client: "S3Client", s3: Stubber) -> None:
    s3.add_response("get_object", content(b"\xff"), REQUEST)

    with pytest.raises(JobError, match="is not UTF-8 text"):
        read_text(client, REFERENCE)
