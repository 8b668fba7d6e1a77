"""Who may invoke a function, by its resource-based policy."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.engine.resource_policy import permits_invocation

FUNCTION = "arn:aws:lambda:eu-central-1:111122223333:function:probe"
TOPIC = "arn:aws:sns:eu-central-1:111122223333:jobs"


def statement(**changes: Any) -> dict[str, Any]:
    """What CDK writes for an SNS subscription, with changes; None removes an element."""
    elements = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": FUNCTION,
        "Condition": {"ArnLike": {"AWS:SourceArn": TOPIC}},
    } | changes
    return {name: element for name, element in elements.items() if element is not None}


def permits(*statements: Any, function_arn: str = FUNCTION, source_arn: str | None = TOPIC) -> bool:
    policy = {"Version": "2012-10-17", "Statement": list(statements)}
    return permits_invocation(policy, function_arn, "sns.amazonaws.com", source_arn, "111122223333")


def test_a_matching_statement_permits() -> None:
    assert permits(statement())


@pytest.mark.parametrize("policy", [None, {}, {"Statement": []}, [], "text", {"Statement": None}])
def test_without_a_statement_nothing_is_permitted(policy: Any) -> None:
    assert not permits_invocation(policy, FUNCTION, "sns.amazonaws.com", TOPIC, "111122223333")


def test_a_single_statement_need_not_be_a_list() -> None:
    policy = {"Statement": statement()}
    assert permits_invocation(policy, FUNCTION, "sns.amazonaws.com", TOPIC)


@pytest.mark.parametrize(
    ("changes", "is_permitted"),
    [
        ({"Principal": {"Service": "events.amazonaws.com"}}, False),
        ({"Principal": {"Service": ["events.amazonaws.com", "sns.amazonaws.com"]}}, True),
        ({"Principal": "*"}, True),
        ({"Principal": {"AWS": "111122223333"}}, False),
        ({"Principal": {"AWS": "arn:aws:iam::111122223333:root"}}, False),
        ({"Principal": {"AWS": "*"}}, False),
        ({"Principal": None}, False),
        ({"Principal": None, "NotPrincipal": {"Service": "s3.amazonaws.com"}}, False),
        ({"Action": "lambda:*"}, True),
        ({"Action": "*"}, True),
        ({"Action": ["lambda:GetFunction", "LAMBDA:invokefunction"]}, True),
        ({"Action": "lambda:GetFunction"}, False),
        ({"Action": "lambda:InvokeFunctionUrl"}, False),
        ({"Action": None, "NotAction": "lambda:GetFunction"}, False),
        ({"Resource": "*"}, True),
        ({"Resource": FUNCTION.replace("probe", "pro?e")}, True),
        ({"Resource": FUNCTION + "2"}, False),
        ({"Resource": FUNCTION + ":live"}, False),
        ({"Resource": None}, False),
        ({"Effect": "Deny"}, False),
        ({"Effect": None}, False),
    ],
)
def test_every_element_must_match(changes: dict[str, Any], *, is_permitted: bool) -> None:
    assert permits(statement(**changes)) is is_permitted


@pytest.mark.parametrize(
    ("condition", "is_permitted"),
    [
        (None, True),
        ({}, True),
        ({"ArnLike": {"AWS:SourceArn": TOPIC}}, True),
        ({"ArnLike": {"aws:sourcearn": TOPIC}}, True),
        ({"ArnLike": {"AWS:SourceArn": "arn:aws:sns:*:111122223333:jo*"}}, True),
        ({"ArnLike": {"AWS:SourceArn": "arn:aws:sns:*:jobs"}}, False),
        ({"ArnLike": {"AWS:SourceArn": "*"}}, False),
        ({"ArnLike": {"AWS:SourceArn": TOPIC.upper()}}, False),
        ({"ArnLike": {"AWS:SourceArn": [TOPIC + "2", TOPIC]}}, True),
        ({"ArnEquals": {"AWS:SourceArn": "arn:aws:sns:*:*:jobs"}}, True),
        ({"ArnNotLike": {"AWS:SourceArn": TOPIC}}, False),
        ({"ArnNotLike": {"AWS:SourceArn": TOPIC + "2"}}, True),
        ({"StringEquals": {"AWS:SourceArn": TOPIC}}, True),
        ({"StringEquals": {"AWS:SourceArn": "arn:aws:sns:*"}}, False),
        ({"StringLike": {"AWS:SourceArn": "arn:aws:sns:*:jobs"}}, True),
        ({"StringLike": {"AWS:SourceArn": "arn:aws:sns:*:job"}}, False),
        ({"StringEquals": {"AWS:SourceAccount": "111122223333"}}, True),
        ({"StringEquals": {"aws:SourceAccount": "444455556666"}}, False),
        ({"StringNotEquals": {"aws:SourceAccount": "444455556666"}}, True),
        ({"StringNotEquals": {"aws:SourceAccount": ["444455556666", "111122223333"]}}, False),
        ({"StringEqualsIgnoreCase": {"AWS:SourceArn": TOPIC.upper()}}, True),
        (
            {
                "ArnLike": {"AWS:SourceArn": TOPIC},
                "StringEquals": {"AWS:SourceAccount": "444455556666"},
            },
            False,
        ),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}, False),
        ({"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}, True),
        ({"StringEqualsIfExists": {"aws:SourceAccount": "444455556666"}}, False),
        ({"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}, True),
        ({"Bool": {"aws:SecureTransport": "true"}}, True),
        ({"Bool": {"aws:SecureTransport": "false"}}, False),
        ({"NumericEquals": {"aws:MultiFactorAuthAge": "0"}}, False),
        ({"ForAnyValue:StringEquals": {"aws:SourceAccount": "111122223333"}}, False),
        ({"StringEquals": {"aws:SourceAccount": "${aws:PrincipalAccount}"}}, False),
        ({"StringEquals": {"aws:SourceAccount": 111122223333}}, False),
        ({"StringEquals": "text"}, False),
        ("text", False),
    ],
)
def test_every_condition_must_hold(condition: Any, *, is_permitted: bool) -> None:
    assert permits(statement(Condition=condition)) is is_permitted


@pytest.mark.parametrize("operator", ["ArnLike", "ArnEquals", "StringEquals", "StringLike"])
def test_a_condition_on_a_source_that_is_unknown_does_not_hold(operator: str) -> None:
    condition = {operator: {"AWS:SourceArn": TOPIC}}
    assert not permits(statement(Condition=condition), source_arn=None)


@pytest.mark.parametrize(
    ("deny", "is_permitted"),
    [
        ({"Condition": None}, False),
        ({"Condition": None, "Principal": "*"}, False),
        ({"Condition": None, "Principal": {"AWS": "*"}}, False),
        ({"Condition": {"Bool": {"aws:SecureTransport": "true"}}}, False),
        ({"Condition": {"Bool": {"aws:SecureTransport": "false"}}}, True),
        (
            {"Condition": {"Bool": {"aws:SecureTransport": "false"}}, "Principal": {"AWS": "*"}},
            True,
        ),
        ({"Condition": {"NumericEquals": {"aws:MultiFactorAuthAge": "0"}}}, False),
        ({"Condition": {"StringEquals": {"aws:SourceAccount": "${aws:PrincipalAccount}"}}}, False),
        ({"Condition": {"StringNotEquals": {"aws:SourceAccount": "111122223333"}}}, True),
        ({"Condition": {"ArnLike": {"AWS:SourceArn": TOPIC + "2"}}}, True),
        ({"Condition": None, "Principal": {"Service": "s3.amazonaws.com"}}, True),
        ({"Condition": None, "Action": "lambda:GetFunction"}, True),
        ({"Condition": None, "Action": None, "NotAction": "lambda:GetFunction"}, False),
        ({"Condition": None, "Resource": FUNCTION + ":live"}, True),
    ],
)
def test_a_deny_that_applies_or_might_apply_wins(
    deny: dict[str, Any], *, is_permitted: bool
) -> None:
    assert permits(statement(), statement(Effect="Deny", **deny)) is is_permitted
    assert permits(statement(Effect="Deny", **deny), statement()) is is_permitted


@pytest.mark.parametrize(
    ("resource", "function_arn", "is_permitted"),
    [
        (FUNCTION, FUNCTION, True),
        (FUNCTION, FUNCTION + ":$LATEST", True),
        (FUNCTION, FUNCTION + ":live", False),
        (FUNCTION + ":live", FUNCTION + ":live", True),
        (FUNCTION + ":live", FUNCTION, False),
        (FUNCTION + ":*", FUNCTION + ":7", True),
    ],
)
def test_a_qualifier_is_permitted_by_itself(
    resource: str, function_arn: str, *, is_permitted: bool
) -> None:
    assert permits(statement(Resource=resource), function_arn=function_arn) is is_permitted


@pytest.mark.parametrize(
    ("source_arn", "pattern"),
    [
        (
            "arn:aws:execute-api:eu-central-1:111122223333:a1b2/dev/GET/jobs/{id}",
            "arn:aws:execute-api:eu-central-1:111122223333:a1b2/dev/*/jobs/*",
        ),
        ("arn:aws:s3:::inbox", "arn:aws:s3:::inbox"),
        (
            "arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/probe/6d0e",
            "arn:aws:elasticloadbalancing:*:111122223333:targetgroup/probe/*",
        ),
        (
            "arn:aws:logs:eu-central-1:111122223333:log-group:jobs:stream",
            "arn:aws:logs:eu-central-1:111122223333:log-group:*",
        ),
        (
            "arn:aws:events:eu-central-1:111122223333:rule/bus/rule",
            "arn:aws:events:eu-central-1:111122223333:rule/bus/rule",
        ),
    ],
)
def test_sources_of_all_shapes_match_their_patterns(source_arn: str, pattern: str) -> None:
    condition = {"ArnLike": {"AWS:SourceArn": pattern}}
    assert permits(statement(Condition=condition), source_arn=source_arn)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
ELEMENTS = st.fixed_dictionaries(
    {},
    optional={
        "Effect": JSON,
        "Principal": JSON,
        "Action": JSON,
        "Resource": JSON,
        "Condition": st.dictionaries(st.sampled_from(["ArnLike", "StringEquals"]), JSON) | JSON,
    },
)


@given(JSON | st.fixed_dictionaries({"Statement": JSON | st.lists(JSON | ELEMENTS)}))
def test_no_policy_document_raises(policy: Any) -> None:
    permits_invocation(policy, FUNCTION, "sns.amazonaws.com", TOPIC, "111122223333")


@given(ELEMENTS)
def test_a_statement_with_anything_wrong_permits_nothing(changes: dict[str, Any]) -> None:
    elements = {**statement(), **changes}
    if permits(elements):
        assert elements["Effect"] == "Allow"
        assert elements["Principal"] == "*" or elements["Principal"] == statement()["Principal"]
