"""How long a front door waits for the function.

API Gateway waits for the integration timeout of the method: 50 to 29,000 ms, 29 s by default. Then
it answers 504 and forgets the invocation, which nobody stops: the function runs to its end and is
billed (AG-01, AG-15, AG-16). A function timeout that is shorter comes first and is an answer of
Lambda's, so a 502 (AG-14).

An Application Load Balancer has no such limit: it waits until the function responds or times out
(AL-01).
"""

import asyncio
from typing import TypeVar

MINIMUM_MILLISECONDS = 50
MAXIMUM_MILLISECONDS = 29_000

_Result = TypeVar("_Result")


class IntegrationTimeoutError(Exception):
    """The integration timeout passed before the function answered."""


def integration_timeout_seconds(timeout_in_millis: int | None) -> float:
    """Turn the method's `timeoutInMillis` into the time to wait, in seconds.

    Raises ValueError, with the message of API Gateway, for a value it does not accept.
    """
    milliseconds = MAXIMUM_MILLISECONDS if timeout_in_millis is None else timeout_in_millis
    if not MINIMUM_MILLISECONDS <= milliseconds <= MAXIMUM_MILLISECONDS:
        raise ValueError(
            f"Timeout should be between {MINIMUM_MILLISECONDS} ms and {MAXIMUM_MILLISECONDS} ms"
        )
    return milliseconds / 1000


async def respond_within(seconds: float, invocation: asyncio.Future[_Result]) -> _Result:
    """Return the result of an invocation, if it comes within `seconds`.

    Raises IntegrationTimeoutError otherwise. The invocation is never cancelled, neither then nor
    when the caller itself is cancelled because its client went away.
    """
    invocation.add_done_callback(_retrieve_exception)
    done, _ = await asyncio.wait({invocation}, timeout=seconds)
    if not done:
        raise IntegrationTimeoutError
    return invocation.result()


def _retrieve_exception(invocation: asyncio.Future[_Result]) -> None:
    # Nobody may be waiting any more; asyncio reports an exception that is never retrieved.
    if not invocation.cancelled():
        invocation.exception()
