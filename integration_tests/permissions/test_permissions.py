"""With all permissions the stacks work; without any one of them exactly what needs it breaks."""

from typing import TYPE_CHECKING

import pytest

from .api_methods import methods, open_to_anybody
from .callers import create_user, is_allowed
from .cases import CASES, Case
from .parts import WORKING
from .preparation import start_anew
from .removal import resource_of, taken_away

if TYPE_CHECKING:
    from .conftest import Stage


def test_with_all_permissions_everything_works(stage: "Stage") -> None:
    stage.shows(stage.send(), WORKING)


def test_every_statement_that_allows_something_is_taken_away_as_a_whole(stage: "Stage") -> None:
    allowing = {name for name, statement in stage.statements.items() if not statement.is_denial}

    assert {case.statement for case in CASES if case.action is None} == allowing


def test_of_a_statement_with_several_actions_each_is_taken_away(stage: "Stage") -> None:
    actions = {
        (name, action)
        for name, statement in stage.statements.items()
        for action in statement.actions
        if len(statement.actions) > 1
    }

    assert {(case.statement, case.action) for case in CASES if case.action} == actions


@pytest.mark.parametrize("case", CASES, ids=str)
def test_exactly_what_needs_a_permission_breaks_without_it(case: Case, stage: "Stage") -> None:
    if case.cold:
        start_anew(stage.deployed)
    expected = {**WORKING, **case.broken}

    with stage.without(case):
        sent = stage.send()
        stage.shows(sent, expected)

    afterwards = {**expected, **case.later}
    stage.shows(sent, afterwards)
    stage.shows(stage.send(), WORKING)
    assert stage.seen(sent) == afterwards


def test_each_statement_that_denies_denies_what_is_sent_without_tls(stage: "Stage") -> None:
    user = create_user(stage.deployed, "administrator", "*")
    over_tls, without_tls = user.services(tls=True), user.services(tls=False)
    allowed = {}

    for name, statement in stage.statements.items():
        if statement.is_denial:
            of = (statement.resource_type, resource_of(stage.deployed, statement))
            present = (is_allowed(over_tls, *of), is_allowed(without_tls, *of))
            with taken_away(stage.deployed, statement):
                absent = is_allowed(without_tls, *of)
            allowed[name] = (*present, absent)

    assert allowed
    assert allowed == dict.fromkeys(allowed, (True, False, True))


def test_every_method_of_the_api_lets_in_whom_iam_allows_to_invoke_it(stage: "Stage") -> None:
    invoker = create_user(stage.deployed, "invoker", "execute-api:Invoke").api_gateway()
    stranger = create_user(stage.deployed, "stranger").api_gateway()
    statuses = {}

    for method in methods(stage.deployed):
        closed = (
            method.request(invoker).status,
            method.request(stranger).status,
            method.request(invoker, signed=False).status,
        )
        with open_to_anybody(stage.deployed, method):
            statuses[method.path] = (*closed, method.request(invoker, signed=False).status)

    assert statuses == dict.fromkeys(("/jobs", "/short-timeout"), (200, 403, 403, 200))
