"""The execution role of a function, which Lambda assumes for every execution environment.

The function's code finds the credentials of the session in its environment variables, and whatever
it asks of AWS is decided by the role's policies. An environment keeps its session: a trust policy
that is changed later concerns those that start after that.

Source: AWS Lambda Developer Guide, "Defining Lambda function permissions with an execution role".
"""

from collections.abc import Callable, Mapping

from emulator.engine.invocation import Function
from emulator.engine.runtime_folder import CannotRunFunction

AssumeRole = Callable[[Function], Mapping[str, str]]
"""Assumes a function's execution role and returns the credentials of the session, as environment
variables: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN. Raises RoleCannotBeAssumed.
"""


class RoleCannotBeAssumed(CannotRunFunction):
    """The role is gone, or its trust policy does not let Lambda assume it."""

    def __init__(self) -> None:
        super().__init__("The role defined for the function cannot be assumed by Lambda.")


def no_credentials(_function: Function) -> Mapping[str, str]:
    """Assume no role: for functions that ask nothing of AWS."""
    return {}
