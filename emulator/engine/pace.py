"""How fast an event waits in Lambda's event queue."""

from enum import StrEnum


class Pace(StrEnum):
    """How much shorter than on AWS an event waits in the event queue.

    At pace `real` it waits as long as on AWS. At pace `fast` it waits 10 times shorter: a minute
    takes 6 seconds, which the cold start of a busy machine cannot blur.

    The pace scales the event queue's own clock as a whole: the waits between attempts (1 and
    2 minutes), the backoff after a throttle or system error (1 second to 5 minutes), and thereby
    how soon a waiting event reaches MaximumEventAge. Nothing that a stack configures elsewhere is
    scaled: batching window, visibility timeout, function timeout. Code runs no faster either, so
    the time of an attempt adds to the event's age as it is.
    """

    REAL = "real"
    FAST = "fast"

    @property
    def speed(self) -> int:
        """How many of Lambda's seconds pass in one second of waiting."""
        return 10 if self is Pace.FAST else 1

    def shorten(self, wait: float) -> float:
        """Seconds that a wait takes which takes `wait` seconds on AWS."""
        return wait / self.speed
