"""Which AWS APIs the source code calls, read from its syntax tree.

Clients are recognized by their types: a parameter annotated `"SQSClient"`, a property of `Clients`
that returns one, and what is assigned from those. A call of an API on anything else is an error:
then nobody could say which permission it needs.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import botocore.session
from botocore import xform_name

PROJECT_FOLDER = Path(__file__).parents[2]
STUBS = "mypy_boto3_"
INDIRECT = {"get_paginator", "get_waiter"}


@dataclass(frozen=True, order=True)
class AwsCall:
    """One operation of one service, by their botocore names, and where it is called."""

    service: str
    operation: str
    where: str = field(compare=False)


class UnknownClient(Exception):
    """An API is called on something whose service nobody can tell."""


@cache
def operations(service: str) -> Mapping[str, str]:
    """Return the operations of a service by the names of their methods."""
    model = botocore.session.get_session().get_service_model(service)
    return {xform_name(name): name for name in model.operation_names}


def aws_calls(folder: str) -> set[AwsCall]:
    """Return all calls in the modules of a folder. Raises UnknownClient."""
    # What never mentions a client has none; its `get_template` is not CloudFormation's.
    texts = {path: path.read_text() for path in sources(folder)}
    modules = {path: ast.parse(text) for path, text in texts.items() if "client" in text.lower()}
    known = dict(_factories(ast.parse(path.read_text()) for path in sources("comparison")))
    known |= dict(_factories(ast.parse(path.read_text()) for path in sources("deployment")))
    return {
        call
        for path, module in modules.items()
        for call in _Module(module, known, str(path.relative_to(PROJECT_FOLDER))).calls()
    }


def sources(folder: str) -> Iterator[Path]:
    return (PROJECT_FOLDER / folder).rglob("*.py")


def _client_types(module: ast.Module) -> dict[str, str]:
    """Return the services of the client types that a module imports, by the type's name."""
    return {
        name.name: node.module.removeprefix(STUBS).replace("_", "-")
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(STUBS)
        for name in node.names
        if name.name.endswith("Client")
    }


def _annotated(annotation: ast.expr | None, types: Mapping[str, str]) -> str | None:
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        return types.get(annotation.value)
    return types.get(annotation.id) if isinstance(annotation, ast.Name) else None


def _factories(modules: Iterable[ast.Module]) -> Iterator[tuple[str, str]]:
    """Go through functions and properties that return a client: name, service."""
    for module in modules:
        types = _client_types(module)
        for node in ast.walk(module):
            if isinstance(node, ast.FunctionDef):
                service = _annotated(node.returns, types)
                if service is not None:
                    yield node.name, service


class _Module:
    """One module: of which services its attributes are clients, and its functions."""

    def __init__(self, module: ast.Module, factories: Mapping[str, str], where: str) -> None:
        self._module = module
        self.factories = factories
        self.where = where
        self.types = _client_types(module)
        self.attributes: dict[str, str] = {}

    def calls(self) -> Iterator[AwsCall]:
        # Constructors first: they give the attributes that the other methods use.
        scopes = sorted(_scopes(self._module), key=lambda one: one.name != "__init__")
        for function in scopes:
            yield from _Function(function, self).calls()


def _scopes(node: ast.AST) -> Iterator[ast.FunctionDef]:
    """Go through functions and methods, each with the functions inside it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef):
            yield child
        else:
            yield from _scopes(child)


class _Function:
    """One function: of which services its names are clients."""

    def __init__(self, function: ast.FunctionDef, module: _Module) -> None:
        self._function = function
        self._module = module
        self._names: dict[str, str] = {}
        for node in ast.walk(function):
            if isinstance(node, ast.arg):
                self._bind(ast.Name(node.arg), _annotated(node.annotation, module.types))
        for node in ast.walk(function):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    self._assign(target, node.value)

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            for one, its_value in zip(target.elts, value.elts, strict=True):
                self._assign(one, its_value)
        else:
            self._bind(target, self._service_of(value))

    def _bind(self, target: ast.expr, service: str | None) -> None:
        if isinstance(target, ast.Name):
            names, name = self._names, target.id
        elif isinstance(target, ast.Attribute):
            names, name = self._module.attributes, target.attr
        else:
            return
        if service is not None and names.setdefault(name, service) != service:
            raise UnknownClient(f"{self._module.where}: {name} is a client of two services")

    def _service_of(self, value: ast.expr) -> str | None:
        """Return the service of which an expression is a client."""
        if isinstance(value, ast.Call):
            value = value.func
            if isinstance(value, ast.Name):
                return self._module.factories.get(value.id)
        if isinstance(value, ast.Name):
            return self._names.get(value.id)
        if isinstance(value, ast.Attribute):
            attributes = self._module.attributes
            return attributes.get(value.attr) or self._module.factories.get(value.attr)
        return None

    def calls(self) -> Iterator[AwsCall]:
        for client, method, line in self._methods():
            service, where = self._service_of(client), f"{self._module.where}:{line}"
            if service is not None and method in operations(service):
                yield AwsCall(service, operations(service)[method], where)
            elif service is None and "_" in method and _is_operation(method):
                raise UnknownClient(f"{where}: which client is {method} called on?")

    def _methods(self) -> Iterator[tuple[ast.expr, str, int]]:
        """Go through all methods: those called here, and those handed on to be called elsewhere."""
        for node in ast.walk(self._function):
            match node:
                case ast.Attribute(value=client, attr=method):
                    yield client, method, node.lineno
                case ast.Call(func=ast.Attribute(value=client, attr=method)) if method in INDIRECT:
                    yield client, _literal(node.args[0]), node.lineno


def _literal(node: ast.expr) -> str:
    assert isinstance(node, ast.Constant)
    assert isinstance(node.value, str)
    return node.value


def _is_operation(method: str) -> bool:
    services = ["lambda", "sqs", "sns", "events", "s3", "dynamodb", "cloudformation", "elbv2"]
    services += ["iam", "logs", "apigateway", "sts", "ec2", "ssm", "service-quotas"]
    services += ["resourcegroupstaggingapi"]
    return any(method in operations(service) for service in services)
