"""Answers of the Lambda API, in the form MiniStack's handlers return them."""

import json
from collections.abc import Mapping

Response = tuple[int, dict[str, str], bytes]
"""Status, headers, body."""


def success(value: Mapping[str, object], status: int = 200) -> Response:
    """Return an answer with a JSON body."""
    return status, {"Content-Type": "application/json"}, json.dumps(value).encode()


def error(
    code: str, message: str, status: int = 400, members: Mapping[str, str] | None = None
) -> Response:
    """Return an error of the REST-JSON protocol; members are what the exception adds.

    `Type` is `User` for what the caller did wrong and `Service` for the rest.
    """
    body = {
        "Type": "User" if status < 500 else "Service",  # noqa: PLR2004 - HTTP server errors
        **(members or {}),
        "message": message,
    }
    headers = {"Content-Type": "application/json", "x-amzn-ErrorType": code}
    return status, headers, json.dumps(body).encode()


def invalid_parameter(message: str) -> Response:
    """Return an InvalidParameterValueException."""
    return error("InvalidParameterValueException", message)


def not_found(message: str) -> Response:
    """Return a ResourceNotFoundException."""
    return error("ResourceNotFoundException", message, 404)
