"""The moment in a run at which a fault shows most."""

import threading
import time
from collections.abc import Callable

from comparison.run import RunRecord

from .calls import operation
from .fault_proxy import Rule, Tell


class MiddleOfARun:
    """Comes when some jobs are over and others are not, and the run has noted which."""

    def __init__(self, then: Callable[[], object]) -> None:
        self._then = then
        self._looks = 0
        self.deleted = threading.Event()
        self.came_at: float | None = None

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules by which it notices."""
        seen = Tell(self.deleted.set, forwarded=True)
        return (
            Rule(seen, [operation("sqs DeleteMessage")], skip=1, times=1),
            Rule(Tell(self._look), [operation("dynamodb Query")], since=self.deleted),
        )

    def _look(self) -> None:
        self._looks += 1
        if self._looks == 3:
            self.came_at = time.monotonic()
            self._then()


def check_cut_short(record: RunRecord) -> None:
    """See that a run has what was seen before that moment, and says what it has not seen."""
    assert record.interruption is not None
    assert record.interruption.startswith("the target stopped answering")
    over = [job for job in record.jobs if job.sending.job not in record.cut_short]
    assert "answer" in {job.sending.scenario for job in over}
    for job in over:
        assert job.attempts, job
        assert job.endings, job
    assert record.cut_short
