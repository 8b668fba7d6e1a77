import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from stacks import function
from stacks.naming import PROJECT, Stack, stack_name

if TYPE_CHECKING:
    from unit_tests.stacks.conftest import Assembly, Synthesizer

PROJECT_FOLDER = Path(__file__).parents[2]


def run_app(home: Path, **context: str) -> subprocess.CompletedProcess[str]:
    """Run `python app.py` as the CDK CLI does, in an environment that holds nothing else."""
    home.mkdir()
    cache = Path.home() / ".cache" / "aws" / "jsii" / "package-cache"
    return subprocess.run(
        [sys.executable, "app.py"],
        check=False,
        cwd=PROJECT_FOLDER,
        env={
            "HOME": str(home),
            "JSII_NODE": os.environ["JSII_NODE"],
            # Unpacking the CDK library into a new home takes seconds and proves nothing.
            "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(cache),
            "CDK_OUTDIR": str(home / "cdk.out"),
            "CDK_CONTEXT_JSON": json.dumps(context),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        text=True,
    )


def test_the_app_synthesizes_in_an_empty_home_without_credentials(tmp_path: Path) -> None:
    result = run_app(tmp_path / "home", stage="test")

    assert (result.returncode, result.stderr) == (0, "")
    written = {path.name for path in (tmp_path / "home" / "cdk.out").glob("*.template.json")}
    assert written == {f"{stack_name('test', stack)}.template.json" for stack in Stack}


def test_bad_context_ends_with_code_2_and_one_line(tmp_path: Path) -> None:
    result = run_app(tmp_path / "home", stage="test", allowed_cidr="0.0.0.0/0")

    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.startswith("app.py: allowed_cidr '0.0.0.0/0' would let in")
    assert result.stderr.count("\n") == 1


def test_the_same_context_always_gives_the_same_templates(synthesize: "Synthesizer") -> None:
    first, second = (synthesize(allowed_cidr="203.0.113.7") for _ in range(2))

    for path in first.template_paths():
        assert path.read_bytes() == (second.folder / path.name).read_bytes()


def test_bytecode_beside_the_code_changes_nothing(
    synthesize: "Synthesizer", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = tmp_path / "code"
    shutil.copytree(function.CODE, code, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(function, "CODE", code)
    before = synthesize()
    (code / "probe" / "__pycache__").mkdir()
    (code / "probe" / "__pycache__" / "handler.cpython-313.pyc").write_bytes(b"bytecode")

    after = synthesize()

    assert after.templates == before.templates


def test_a_change_of_the_code_changes_the_function(
    synthesize: "Synthesizer", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = tmp_path / "code"
    shutil.copytree(function.CODE, code, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(function, "CODE", code)
    before = synthesize()
    (code / "probe" / "added.py").touch()

    after = synthesize()

    assert after.templates != before.templates


@pytest.mark.parametrize("left_out", [stack for stack in Stack if stack is not Stack.FUNCTION])
def test_leaving_out_a_stack_changes_no_other(
    synthesize: "Synthesizer", assembly: "Assembly", left_out: Stack
) -> None:
    rest = synthesize(without=left_out, allowed_cidr="203.0.113.0/24", expires="2027-01-31")

    assert set(rest.templates) == set(Stack) - {left_out}
    for stack, template in rest.templates.items():
        assert template == assembly.templates[stack]


def test_the_stack_of_the_function_can_be_deployed_alone(
    synthesize: "Synthesizer", assembly: "Assembly"
) -> None:
    others = ",".join(stack for stack in Stack if stack is not Stack.FUNCTION)

    alone = synthesize(without=others, expires="2027-01-31")

    assert alone.templates == {Stack.FUNCTION: assembly.templates[Stack.FUNCTION]}


def test_the_other_stacks_depend_on_the_stack_of_the_function_alone(assembly: "Assembly") -> None:
    manifest = json.loads((assembly.folder / "manifest.json").read_text())["artifacts"]
    base = stack_name("test", Stack.FUNCTION)

    for stack in set(Stack) - {Stack.FUNCTION}:
        dependencies = manifest[stack_name("test", stack)]["dependencies"]
        assert [name for name in dependencies if not name.endswith(".assets")] == [base]


def test_stacks_are_tagged_with_project_stage_and_expiry(assembly: "Assembly") -> None:
    manifest = json.loads((assembly.folder / "manifest.json").read_text())["artifacts"]

    for stack in Stack:
        assert manifest[stack_name("test", stack)]["properties"]["tags"] == {
            "project": PROJECT,
            "stage": "test",
            "expires": "2027-01-31",
        }


def test_stacks_belong_to_no_account_and_no_region(assembly: "Assembly") -> None:
    manifest = json.loads((assembly.folder / "manifest.json").read_text())

    for stack in Stack:
        artifact = manifest["artifacts"][stack_name("test", stack)]
        assert artifact["environment"] == "aws://unknown-account/unknown-region"
    assert not manifest.get("missing"), "a look-up in the account would be needed"


def test_every_role_gets_the_permissions_boundary(synthesize: "Synthesizer") -> None:
    boundary = "arn:aws:iam::123456789012:policy/boundary"

    bounded = synthesize(permissions_boundary=boundary)

    roles = [resource for _, _, resource in bounded.every("AWS::IAM::Role")]
    assert roles
    assert all(role["Properties"]["PermissionsBoundary"] == boundary for role in roles)


def test_a_bootstrap_qualifier_names_the_bucket_of_the_code(synthesize: "Synthesizer") -> None:
    qualified = synthesize(qualifier="team1")

    code = qualified.only(Stack.FUNCTION, "AWS::Lambda::Function")["Code"]
    assert code["S3Bucket"]["Fn::Sub"] == "cdk-team1-assets-${AWS::AccountId}-${AWS::Region}"


def test_two_stages_share_no_name(synthesize: "Synthesizer", assembly: "Assembly") -> None:
    app = synthesize(stage="other").folder

    names = {path.name for path in app.glob("*.template.json")}
    assert names.isdisjoint(path.name for path in assembly.template_paths())
