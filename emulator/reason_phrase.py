"""The reason phrase of a response's status line, which ASGI has no place for.

A load balancer sends the one that the function chose (AL-10). The server writes the status line in
the task that sends the response, so the phrase is handed over in that task's context.
"""

from contextvars import ContextVar

import h11

_phrase: ContextVar[bytes] = ContextVar("phrase", default=b"")


def install() -> None:
    """Let the server's responses take the phrase that was set for them."""
    finish = h11.Response.__post_init__

    def finish_with_phrase(response: h11.Response) -> None:
        if _phrase.get():
            # The class is frozen; this is how its own code sets attributes.
            object.__setattr__(response, "reason", _phrase.get())
        finish(response)

    setattr(h11.Response, "__post_init__", finish_with_phrase)  # noqa: B010 - a method, to mypy


def use(phrase: str) -> None:
    """Send the next response of this task with this phrase; it is printable ASCII."""
    _phrase.set(phrase.encode("ascii"))
