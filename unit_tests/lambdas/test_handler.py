import json
import os
import socketserver
import subprocess
import sys
import threading
from pathlib import Path

DEPLOYMENT_PACKAGE = Path(__file__).parents[2] / "lambdas"

INVOKE_AND_PRINT = """
import json, types
import probe.handler
context = types.SimpleNamespace(
    aws_request_id="request-1", log_stream_name="stream", client_context=None
)
print(json.dumps(probe.handler.handler(json.loads(%r), context)))
"""


def run_in_package(code: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run code as Lambda does: the deployment package is the folder that modules come from."""
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=DEPLOYMENT_PACKAGE,
        env={
            "PATH": os.environ["PATH"],
            "AWS_REGION": "eu-west-1",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_EC2_METADATA_DISABLED": "true",
            "RECEIPTS_TABLE": "receipts",
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_handler_runs_from_the_deployment_package_alone() -> None:
    # Loopback port 1 refuses at once, so the table cannot be written.
    result = run_in_package(
        INVOKE_AND_PRINT % '{"run": "r1", "job": "r1.1", "do": "answer"}',
        AWS_ENDPOINT_URL="http://127.0.0.1:1",
    )

    assert json.loads(result.stdout) == {
        "run": "r1",
        "job": "r1.1",
        "path": "direct",
        "request_id": "request-1",
        "receipt": "not written",
    }
    assert result.stderr.startswith("receipt not written: run r1, job r1.1: ")
    assert len(result.stderr.splitlines()) == 1


def test_nothing_but_boto3_and_the_standard_library_is_imported() -> None:
    result = run_in_package(
        "import sys; import boto3; boto3.client('dynamodb');"
        "with_boto3 = set(sys.modules); import probe.handler;"
        "print(*sorted({name.partition('.')[0] for name in set(sys.modules) - with_boto3}"
        " - sys.stdlib_module_names))"
    )

    assert result.stdout.split() == ["probe"]


def test_an_error_at_import_can_be_asked_for() -> None:
    result = run_in_package("import probe.handler", PROBE_INIT="raise")

    assert result.returncode == 1
    assert result.stderr.splitlines()[-1] == "RuntimeError: PROBE_INIT asks for an error at import"


def test_a_call_without_an_answer_ends_before_the_function_does() -> None:
    result = run_in_package(
        "import probe.handler as it; config = it.CLIENT_CONFIG;"
        "print(config.connect_timeout, config.read_timeout, config.retries['total_max_attempts'])"
    )

    assert result.stdout.split() == ["1", "2", "2"]


def test_a_table_that_does_not_answer_is_asked_twice_in_an_invocation() -> None:
    connections = []

    class HangUp(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            connections.append(self.client_address)

    with socketserver.TCPServer(("127.0.0.1", 0), HangUp) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        result = run_in_package(
            INVOKE_AND_PRINT % '{"run": "r1", "job": "r1.1", "do": "answer"}',
            AWS_ENDPOINT_URL=f"http://127.0.0.1:{server.server_address[1]}",
        )
        server.shutdown()

    assert json.loads(result.stdout)["receipt"] == "not written"
    assert len(connections) == 2
