"""The entry point: what Lambda imports and calls as `probe.handler.handler`."""

import os
from functools import cache
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from .environment import ExecutionEnvironment, LambdaContext
from .event_shape import S3Object
from .probe import Probe
from .receipts_table import ReceiptsTable
from .s3_object import read_text

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

if os.environ.get("PROBE_INIT") == "raise":
    raise RuntimeError("PROBE_INIT asks for an error at import")

CLIENT_CONFIG = Config(retries={"total_max_attempts": 2}, connect_timeout=1, read_timeout=2)
"""A call that nobody answers is given up after 4 s, within the function's timeout of 6 s."""


@cache
def _s3_client() -> "S3Client":
    """Only the S3 path needs it, and making it costs a fifth of a cold start."""
    return boto3.client("s3", config=CLIENT_CONFIG)


def _read_object(reference: S3Object) -> str:
    return read_text(_s3_client(), reference)


_probe = Probe(
    table=ReceiptsTable(
        boto3.client("dynamodb", config=CLIENT_CONFIG), os.environ["RECEIPTS_TABLE"]
    ),
    read_object=_read_object,
    environment=ExecutionEnvironment(),
)


def handler(event: object, context: LambdaContext) -> object:
    """Handle one invocation (AWS Lambda Developer Guide, "Define Lambda function handler")."""
    return _probe.handle(event, context)
