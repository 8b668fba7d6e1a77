"""Made-up lanes that show how to read the picture, one for each invocation type."""

from typing import Final

from comparison.path import InvocationType
from comparison.report.lane import End, Lane, Outcome, Queue, Run, Span

EXAMPLES: Final = (
    Lane(
        "an example",
        InvocationType.SYNCHRONOUS,
        (),
        None,
        calls=(Span(0.2, 8.2),),
        runs=(Run(0.8, 7.8, (1,), Outcome.DONE),),
        ends=(End(8.2, "the caller", 1, succeeded=True),),
    ),
    Lane(
        "an example",
        InvocationType.ASYNCHRONOUS,
        (),
        None,
        calls=(Span(0.2, 0.8),),
        queue=(Queue(0.2, 1.4, 1, 0), Queue(2.2, 4.4, 0, 1), Queue(5.2, 8.4, 0, 1)),
        runs=(
            Run(1.4, 2.2, (1,), Outcome.FAILED),
            Run(4.4, 5.2, (1,), Outcome.FAILED),
            Run(8.4, 9.2, (1,), Outcome.DONE),
        ),
    ),
    Lane(
        "an example",
        InvocationType.POLL_BASED,
        (),
        None,
        calls=(Span(0.2, 0.4), Span(1.6, 1.8), Span(3.4, 3.6), Span(4.2, 4.4)),
        queue=(
            Queue(0.2, 1.6, 1, 0),
            Queue(1.6, 3.4, 2, 0),
            Queue(3.4, 4.2, 3, 0),
            Queue(4.2, 6.2, 4, 0),
        ),
        runs=(Run(6.2, 8.2, (4,), Outcome.DONE),),
        ends=(End(8.8, "deleted from the queue", 4, succeeded=True),),
    ),
)
