import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deployment.toolchain import node_folder

os.environ["JSII_NODE"] = str(node_folder() / "node")

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks

from app import add_stacks
from stacks.context import read_context
from stacks.naming import Stack, stack_name

STAGE = "test"
ALLOWED_CIDR = "203.0.113.0/24"
EXPIRES = "2027-01-31"
CDK_JSON = Path(__file__).parents[2] / "cdk.json"

Resource = dict[str, Any]


@dataclass(frozen=True)
class Assembly:
    """What a synthesis wrote: the template of each stack, in a folder."""

    folder: Path
    templates: Mapping[Stack, dict[str, Any]]

    def resources(self, stack: Stack, resource_type: str) -> dict[str, Resource]:
        """Return the resources of one type in one stack, by logical id; at least one."""
        found = {
            logical_id: resource
            for logical_id, resource in self.templates[stack]["Resources"].items()
            if resource["Type"] == resource_type
        }
        assert found, f"no {resource_type} in {stack}"
        return found

    def only(self, stack: Stack, resource_type: str) -> Resource:
        """Return the properties of the one resource of a type in a stack."""
        [resource] = self.resources(stack, resource_type).values()
        properties: Resource = resource["Properties"]
        return properties

    def every(self, resource_type: str | None = None) -> Iterator[tuple[Stack, str, Resource]]:
        """Go through the resources of all stacks: stack, logical id, resource."""
        for stack, template in self.templates.items():
            for logical_id, resource in template["Resources"].items():
                if resource_type in (None, resource["Type"]):
                    yield stack, logical_id, resource

    def template_paths(self) -> list[Path]:
        return sorted(self.folder.glob("*.template.json"))

    def report(self) -> list[dict[str, Any]]:
        """Return what each checker found."""
        text = (self.folder / "validation-report.json").read_text()
        reports: list[dict[str, Any]] = json.loads(text)["pluginReports"]
        return reports


def create_app(folder: Path, context: Mapping[str, str], *, checked: bool = False) -> App:
    """Build the app as `cdk synth --context key=value` does, without running it."""
    flags = json.loads(CDK_JSON.read_text())["context"]
    if checked:
        flags["@aws-cdk/core:validateAgainstDefaultRules"] = True
        flags["@aws-cdk/core:annotationsInValidationReport"] = True
    app = App(
        outdir=str(folder),
        analytics_reporting=False,
        stack_traces=False,
        builtin_cloud_formation_validation=checked,
        context=flags,
    )
    add_stacks(app, read_context({"stage": STAGE, **context}.get))
    return app


def read_assembly(folder: Path) -> Assembly:
    paths = {stack: folder / f"{stack_name(STAGE, stack)}.template.json" for stack in Stack}
    return Assembly(
        folder=folder,
        templates={
            stack: json.loads(path.read_text()) for stack, path in paths.items() if path.exists()
        },
    )


@dataclass(frozen=True)
class Synthesizer:
    """Synthesizes the app with other context than the one all tests share."""

    folder: Path

    def __call__(self, **context: str) -> Assembly:
        folder = self.folder / str(len(list(self.folder.iterdir())))
        create_app(folder, context).synth()
        return read_assembly(folder)


@pytest.fixture
def synthesize(tmp_path: Path) -> Synthesizer:
    return Synthesizer(tmp_path)


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """Return the app as synthesized once, with every check of the CDK and of cdk-nag."""
    folder = tmp_path_factory.mktemp("stacks")
    context = {"allowed_cidr": ALLOWED_CIDR, "expires": EXPIRES}
    app = create_app(folder, context, checked=True)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    # Raised after the templates are written; test_checkers.py compares the findings.
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()
    return read_assembly(folder)
