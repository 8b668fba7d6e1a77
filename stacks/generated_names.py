"""Unique names for the few resources whose name must be known before they exist.

S3 and Elastic Load Balancing check, while the bucket or target group is being created, that they
may invoke the function. The permission therefore has to come first, and its source ARN holds a
name that CloudFormation would only make up later: a reference would be a cycle. The id of the
stack is known from the start, unique, and new for every stack that is created.
"""

from aws_cdk import Fn, Stack


def stack_uuid(stack: Stack) -> str:
    """Return the UUID at the end of the stack's ARN (36 characters) as an expression.

    Shape: `arn:aws:cloudformation:<region>:<account>:stack/<name>/<UUID>`.
    """
    return Fn.select(2, Fn.split("/", stack.stack_id))


def stack_short_id(stack: Stack) -> str:
    """Return the first group of the UUID (8 characters) for names that 36 do not fit into."""
    return Fn.select(0, Fn.split("-", stack_uuid(stack)))
