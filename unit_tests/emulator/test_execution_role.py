"""What an execution role is to a function: its credentials, its log, and whether it runs at all."""

from collections.abc import Mapping

import pytest

from emulator.engine.execution_role import RoleCannotBeAssumed
from emulator.engine.invocation import Function
from unit_tests.emulator.running_functions import MakeFunctions, RunningFunctions, function

VARIABLES = "import os\ndef handler(event, context): return dict(os.environ)"


class Trust:
    """Roles that can be assumed, or not, as the test says; counts the sessions."""

    def __init__(self) -> None:
        self.is_given = True
        self.sessions = 0

    def assume(self, of: Function) -> Mapping[str, str]:
        if not self.is_given:
            raise RoleCannotBeAssumed
        self.sessions += 1
        return {"AWS_ACCESS_KEY_ID": f"{of.role_arn} {self.sessions}"}


@pytest.fixture
def trust() -> Trust:
    return Trust()


@pytest.fixture
def functions(make_functions: MakeFunctions, trust: Trust) -> RunningFunctions:
    return make_functions(assume_role=trust.assume)


def test_the_code_has_the_credentials_of_its_role_whatever_the_function_configures(
    functions: RunningFunctions,
) -> None:
    configured = function(
        VARIABLES, role_arn="the role", environment={"AWS_ACCESS_KEY_ID": "another"}
    )

    assert b'"AWS_ACCESS_KEY_ID": "the role 1"' in functions.invoke(configured).payload


def test_an_environment_keeps_its_session(functions: RunningFunctions, trust: Trust) -> None:
    warm = function(VARIABLES)
    before = functions.invoke(warm)
    trust.is_given = False

    after = functions.invoke(warm)

    assert (after.function_error, trust.sessions) == (None, 1)
    assert before.function_error is None


def test_without_trust_a_function_does_not_run_until_it_is_trusted_again(
    functions: RunningFunctions, trust: Trust
) -> None:
    cold = function(VARIABLES)
    trust.is_given = False
    with pytest.raises(RoleCannotBeAssumed, match="cannot be assumed by Lambda"):
        functions.invoke(cold)

    trust.is_given = True

    assert functions.invoke(cold).function_error is None


def test_the_log_is_written_with_the_role(functions: RunningFunctions) -> None:
    functions.invoke(function(VARIABLES, role_arn="the role"))

    assert functions.writers == {"the role"}
