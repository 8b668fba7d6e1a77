"""The object that an S3 event tells about; its content is the job."""

from typing import TYPE_CHECKING

from botocore import exceptions

from .event_shape import S3Object
from .job import JobError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def read_text(client: "S3Client", reference: S3Object) -> str:
    """Return the content of an object; raise JobError when it is gone or cannot be read."""
    name = f"s3://{reference.bucket}/{reference.key}"
    try:
        return client.get_object(Bucket=reference.bucket, Key=reference.key)["Body"].read().decode()
    except client.exceptions.NoSuchKey as error:
        raise JobError(f"the object {name} is gone") from error
    except (exceptions.ClientError, exceptions.BotoCoreError) as error:
        raise JobError(f"the object {name} cannot be read: {error}") from error
    except UnicodeDecodeError as error:
        raise JobError(f"the object {name} is not UTF-8 text") from error
