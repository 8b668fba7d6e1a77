"""What an examination is, and how all of them are carried out."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from comparison.deployed import Deployed
from comparison.observation import JobObservation, Unanswered

Examination = Callable[[Deployed], Any]
"""Asks the API and returns plain data; an API error is an answer (see `answered`)."""

Inspection = Callable[[Sequence[JobObservation], Deployed], Any]
"""Looks at what jobs have left behind, when they are over; returns plain data."""


def examine(deployed: Deployed, examinations: Mapping[str, Examination]) -> dict[str, Any]:
    """Carry out all examinations at once; one that gets no answer is `Unanswered`.

    Those of what is not deployed are missing.
    """
    with ThreadPoolExecutor(8, thread_name_prefix="examine") as pool:
        futures = {name: pool.submit(ask, deployed) for name, ask in examinations.items()}
    answers: dict[str, Any] = {}
    for name, future in futures.items():
        try:
            answers[name] = future.result()
        except (BotoCoreError, ClientError) as error:
            answers[name] = Unanswered(str(error))
        except KeyError:
            continue
    return answers


NO_ANSWERS = frozenset(
    {
        "ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "RequestExpired",
        "Throttling", "ThrottlingException", "TooManyRequestsException",
        "UnrecognizedClientException",
    }
)  # fmt: skip
"""Codes of refusals that say nothing about the question: the same request may be answered later.

Source: "Common error types" in the API references of AWS services.
"""


def answered(call: Callable[[], Mapping[str, Any]]) -> dict[str, Any]:
    """Return what the API answers, or `status`, `error` (code) and `message` of a refusal.

    Raises ClientError where the target does not come to answer the question.
    """
    try:
        answer = call()
    except ClientError as refusal:
        status = refusal.response["ResponseMetadata"]["HTTPStatusCode"]
        code = refusal.response["Error"].get("Code")
        if code in NO_ANSWERS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise
        return {
            "status": status,
            "error": code,
            "message": refusal.response["Error"].get("Message"),
        }
    metadata = answer.get("ResponseMetadata", {})
    body = {name: value for name, value in answer.items() if name != "ResponseMetadata"}
    return {**body, "status": metadata.get("HTTPStatusCode")}
