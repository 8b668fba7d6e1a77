"""Concurrency: how many invocations run at the same time, and which one more is throttled.

Source: AWS Lambda Developer Guide, "Understanding Lambda function scaling"; SI-14.
"""

from collections import Counter

from emulator.engine.invocation import Function, Throttled, ThrottleReason


class Concurrency:
    """Counts the invocations under way, per function (all its versions) and in all."""

    def __init__(self, account_limit: int) -> None:
        self._account_limit = account_limit
        self._functions: Counter[str] = Counter()

    def enter(self, function: Function) -> None:
        """Count one more invocation. Raises Throttled if there is no room for it.

        Reserved concurrency is a function's limit and its guarantee: other functions cannot use
        it up. A function without it needs room in the account.
        """
        limit = function.reserved_concurrency
        if limit is not None and self._functions[function.arn] >= limit:
            raise Throttled(ThrottleReason.RESERVED_FUNCTION_CONCURRENCY)
        if limit is None and self._functions.total() >= self._account_limit:
            raise Throttled(ThrottleReason.ACCOUNT_CONCURRENCY)
        self._functions[function.arn] += 1

    def leave(self, function: Function) -> None:
        """Count one invocation less."""
        self._functions[function.arn] -= 1
        if self._functions[function.arn] == 0:
            del self._functions[function.arn]
