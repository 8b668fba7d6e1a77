"""Emptying a bucket, because CloudFormation deletes none that holds an object."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef


class NotEmptied(Exception):
    """Objects could not be deleted; the message is one line."""


def empty_bucket(s3: "S3Client", bucket: str) -> int:
    """Delete all versions of all objects; returns how many. A bucket that is gone has none.

    Raises NotEmptied.
    """
    deleted = 0
    try:
        for page in _pages(s3, bucket):
            answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": page, "Quiet": True})
            for error in answer.get("Errors", []):
                raise NotEmptied(f"bucket {bucket}: {error.get('Key')}: {error.get('Message')}")
            deleted += len(page)
    except s3.exceptions.NoSuchBucket:
        return deleted
    return deleted


def _pages(s3: "S3Client", bucket: str) -> Iterator["list[ObjectIdentifierTypeDef]"]:
    """Go through versions and delete markers, at most 1,000 at a time as DeleteObjects takes."""
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        entries = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        objects: list[ObjectIdentifierTypeDef] = [
            {"Key": entry["Key"], "VersionId": entry["VersionId"]} for entry in entries
        ]
        if objects:
            yield objects
