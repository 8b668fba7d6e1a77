"""One stage on an emulator of its own, for taking permissions away from it."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import pytest
from rich.console import Console

from comparison.deployed import Deployed, read_deployed
from comparison.path import Path
from comparison.senders import Sender, senders
from comparison.targets import TargetName, load_target
from comparison.waiting import eventually
from deployment.deployment import DeploymentOptions, cdk_for, deploy
from deployment.emulator_process import running_emulator

from .cases import Case
from .parts import Part
from .preparation import prepare
from .removal import taken_away
from .round import send_round
from .schedule import ScheduleByEvent
from .sight import Sent, Sinks, look
from .statements import Statement, named_statements, read_templates

STAGE = "permissions"
SEEN_WITHIN = 20.0


@dataclass(frozen=True)
class Stage:
    """What is deployed, with the statements of its templates by their names."""

    deployed: Deployed
    statements: Mapping[str, Statement]
    senders: Mapping[Path, Sender]
    sinks: Sinks

    @contextmanager
    def without(self, case: Case) -> Iterator[None]:
        """Go without what a case takes away."""
        with ExitStack() as stack:
            for name in case.also_without:
                stack.enter_context(taken_away(self.deployed, self.statements[name]))
            statement = self.statements[case.statement]
            stack.enter_context(taken_away(self.deployed, statement, case.action))
            yield

    def send(self) -> Sent:
        """Send a job for every part."""
        return send_round(self.senders)

    def seen(self, sent: Sent) -> Mapping[Part, str]:
        """Say what is seen of every part now."""
        return look(self.deployed, self.sinks, sent).every_part()

    def shows(self, sent: Sent, expected: Mapping[Part, str]) -> None:
        """Wait until every part shows what is expected."""

        def check() -> None:
            seen = self.seen(sent)
            different = {part: text for part, text in seen.items() if text != expected[part]}
            assert not different, f"{different}, not {[expected[part] for part in different]}"

        eventually(check, within=SEEN_WITHIN, every=0.05, what="what is expected")


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("permissions")
    with running_emulator() as endpoint, (folder / "progress.txt").open("w") as progress:
        target = load_target(TargetName.LOCAL, endpoint=endpoint)
        cdk = cdk_for(target, DeploymentOptions(STAGE), folder)
        deploy(cdk, Console(file=progress))
        deployed = read_deployed(target, STAGE)
        prepare(deployed)
        schedule = ScheduleByEvent(deployed)
        schedule.replace_clock()
        yield Stage(
            deployed,
            named_statements(read_templates(cdk.output, STAGE)),
            {**senders(deployed.clients, deployed.outputs), Path.SCHEDULE: schedule},
            Sinks(deployed),
        )
