import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from stacks.naming import Stack, stack_name

if TYPE_CHECKING:
    from unit_tests.stacks.conftest import Assembly

# Findings of cdk-nag (AwsSolutions) that stay, with the construct and the reason.
NO_LOGGING = "a sandbox keeps no access logs; the receipts tell what happened"
COLLECTS_FAILURES = "messages end here; a queue behind it would collect nothing"
ACCEPTED: dict[tuple[str, Stack, str], str] = {
    ("APIG1", Stack.API_GATEWAY, "Api/DeploymentStage.v1"): NO_LOGGING,
    ("APIG2", Stack.API_GATEWAY, "Api"): "malformed requests are part of what is compared",
    ("APIG3", Stack.API_GATEWAY, "Api/DeploymentStage.v1"): (
        "only callers that sign with IAM get in; a web ACL costs money while idle"
    ),
    ("APIG6", Stack.API_GATEWAY, "Api/DeploymentStage.v1"): (
        "execution logs need a role that is set for the whole account"
    ),
    ("COG4", Stack.API_GATEWAY, "Api/Default/{proxy+}/ANY"): "IAM authorization, no user pool",
    ("COG4", Stack.API_GATEWAY, "Api/Default/short-timeout/ANY"): "IAM authorization, no user pool",
    ("DDB3", Stack.FUNCTION, "Receipts"): "receipts expire after an hour",
    ("ELB2", Stack.ALB, "LoadBalancer"): NO_LOGGING,
    ("IAM5[Resource::<Bucket83908E77.Arn>/*]", Stack.ASYNCHRONOUS, "ReadJobs"): (
        "each job is an object of its own, in a bucket that holds nothing else"
    ),
    ("L1", Stack.FUNCTION, "Function"): "the facts were recorded on python3.13",
    ("S1", Stack.ASYNCHRONOUS, "Bucket"): NO_LOGGING,
    ("SQS3", Stack.ASYNCHRONOUS, "RuleDeadLetters"): COLLECTS_FAILURES,
    ("SQS3", Stack.ASYNCHRONOUS, "SubscriptionDeadLetters"): COLLECTS_FAILURES,
    ("SQS3", Stack.FUNCTION, "OnFailure"): COLLECTS_FAILURES,
    ("SQS3", Stack.FUNCTION, "OnSuccess"): COLLECTS_FAILURES,
    ("VPC7", Stack.ALB, "Vpc"): NO_LOGGING,
}


def test_cdk_nag_finds_only_what_is_accepted_with_a_reason(assembly: "Assembly") -> None:
    [report] = [report for report in assembly.report() if report["pluginName"] == "AwsSolutions"]

    findings = {
        (violation["ruleName"], construct["constructPath"])
        for violation in report["violations"]
        for construct in violation["violatingConstructs"]
    }

    assert findings == {
        (f"AwsSolutions-{rule}", f"{stack_name('test', stack)}/{construct}/Resource")
        for rule, stack, construct in ACCEPTED
    }


def test_the_checks_of_the_cdk_find_nothing(assembly: "Assembly") -> None:
    others = [report for report in assembly.report() if report["pluginName"] != "AwsSolutions"]

    assert [violation for report in others for violation in report["violations"]] == []


def test_cfn_lint_finds_nothing_in_any_region(assembly: "Assembly") -> None:
    program = str(Path(sys.executable).with_name("cfn-lint"))
    # W3005: the CDK itself writes dependencies that a reference implies already.
    options = ["--regions", "ALL_REGIONS", "--ignore-checks", "W3005"]
    paths = [str(path) for path in assembly.template_paths()]

    result = subprocess.run(
        [program, *options, "--template", *paths], check=False, capture_output=True, text=True
    )

    assert (result.returncode, result.stdout) == (0, ""), result.stdout + result.stderr
