"""The statements of every policy in the synthesized templates, each named by what it says."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stacks.naming import Stack, stack_name

PERMISSION = "AWS::Lambda::Permission"
_HASH = re.compile(r"[0-9A-F]{8}$")


@dataclass(frozen=True)
class Statement:
    """A statement of the document of a resource, or a permission, which is one in itself.

    properties are those of the resource, number is the statement's place in the document.
    """

    stack: Stack
    logical_id: str
    resource_type: str
    properties: Mapping[str, Any]
    content: Mapping[str, Any]
    number: int = 0

    @property
    def name(self) -> str:
        """Who may, or may not, do what with what."""
        may = "may" if self.content["Effect"] == "Allow" else "may not, without TLS,"
        resource = self.content.get("Resource")
        with_what = "" if resource is None else f" with {readable(resource)}"
        return f"{self.stack}: {self._who} {may} {', '.join(self.actions)}{with_what}"

    @property
    def _who(self) -> str:
        principal = self.content.get("Principal", "role")
        if isinstance(principal, Mapping):
            [principal] = principal.values()
        source = self.content.get("Condition", {}).get("ArnEquals", {}).get("aws:SourceArn")
        source = self.content.get("SourceArn", source)
        who = "anybody" if principal == "*" else principal
        return f"{who} for {readable(source)}" if source else str(who)

    @property
    def actions(self) -> tuple[str, ...]:
        """The actions, in their order."""
        actions = self.content["Action"]
        return tuple(actions) if isinstance(actions, list) else (actions,)

    @property
    def is_denial(self) -> bool:
        """Whether it forbids what is not sent over TLS; raises AssertionError for other denials."""
        if self.content["Effect"] == "Allow":
            return False
        assert self.content["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}, self.content
        return True


def read_templates(folder: Path, stage: str) -> Mapping[Stack, Mapping[str, Any]]:
    """Return the templates of all stacks from a cloud assembly."""
    return {
        stack: json.loads((folder / f"{stack_name(stage, stack)}.template.json").read_text())
        for stack in Stack
    }


def named_statements(templates: Mapping[Stack, Mapping[str, Any]]) -> Mapping[str, Statement]:
    """Return all statements by name; raises AssertionError when two have the same."""
    found = list(_statements(templates))
    by_name = {statement.name: statement for statement in found}
    assert len(by_name) == len(found), sorted(statement.name for statement in found)
    return by_name


def _statements(templates: Mapping[Stack, Mapping[str, Any]]) -> Iterator[Statement]:
    """Go through all statements, wherever in a resource a policy document stands."""
    for stack, template in templates.items():
        for logical_id, resource in template["Resources"].items():
            kind, properties = resource["Type"], resource.get("Properties", {})
            if kind == PERMISSION:
                content = {"Effect": "Allow", **properties}
                yield Statement(stack, logical_id, kind, properties, content)
            for document in _documents(properties):
                for number, one in enumerate(document):
                    yield Statement(stack, logical_id, kind, properties, one, number)


def _documents(value: Mapping[str, Any] | Sequence[Any]) -> Iterator[Sequence[Mapping[str, Any]]]:
    if isinstance(value, Mapping) and "Statement" in value:
        yield value["Statement"]
    parts: Iterable[Any] = value.values() if isinstance(value, Mapping) else value
    for part in parts:
        if isinstance(part, Mapping | list):
            yield from _documents(part)


def readable(expression: Any) -> str:
    """Return an expression of a template as text: of an ARN its end, of a reference the id."""
    return _text(expression).rpartition(":")[2]


def _text(expression: Any) -> str:
    match expression:
        case str():
            return expression
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), *_]} if "::" not in name:
            return _HASH.sub("", name)
        case {"Fn::Join": [str(separator), list(parts)]}:
            return separator.join(map(_text, parts))
        case list():
            return ", ".join(map(_text, expression))
        case _:
            return "..."
