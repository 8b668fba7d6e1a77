"""What the caller of a function gets back, with the official client in the process."""

import json
import os
import re
from typing import Any

import pytest
from awslambdaric.bootstrap import make_error
from awslambdaric.lambda_runtime_exception import FaultException
from awslambdaric.lambda_runtime_marshaller import LambdaMarshaller

from emulator.engine.invocation import Function, InvocationResult
from unit_tests.emulator.running_functions import RunningFunctions, function, zip_file

ERROR_KEYS = list(make_error("message", "type", []))
"""The keys of an error object, in the client's order."""

ID = "11111111-2222-3333-4444-555555555555"


def payload(result: InvocationResult) -> Any:
    return json.loads(result.payload)


def succeeded(result: InvocationResult) -> Any:
    """The response of an invocation that worked."""
    assert result.function_error is None, result.payload
    return payload(result)


def failed(result: InvocationResult) -> Any:
    """The error object of an invocation that did not."""
    assert result.function_error == "Unhandled", result.payload
    return payload(result)


@pytest.mark.parametrize(
    "value", [None, True, 0, -1.5, "", "ä\u2028 \U0001f600", [], {"a": [{"b": None}]}]
)
def test_the_event_arrives_and_the_response_returns_as_they_are(
    functions: RunningFunctions, echo: Function, value: Any
) -> None:
    assert succeeded(functions.invoke(echo, value)) == value


def test_no_return_value_is_null(functions: RunningFunctions) -> None:
    silent = function("def handler(event, context): pass")

    assert functions.invoke(silent).payload == b"null"


def test_bytes_are_returned_as_they_are(functions: RunningFunctions) -> None:
    binary = function("def handler(event, context): return b'\\x00\\xff'")

    assert functions.invoke(binary).payload == b"\x00\xff"


def test_the_context_says_what_aws_says(functions: RunningFunctions) -> None:
    asked = function(
        """
        def handler(event, context):
            names = ("aws_request_id", "invoked_function_arn", "function_name", "function_version",
                     "memory_limit_in_mb", "log_group_name", "log_stream_name")
            return {name: getattr(context, name) for name in names} | {
                "milliseconds": context.get_remaining_time_in_millis()}
        """,
        timeout_seconds=7,
        memory_megabytes=256,
    )
    arn = asked.arn + ":live"

    answer = succeeded(functions.invoke(asked, request_id=ID, invoked_function_arn=arn))

    assert 6000 < answer.pop("milliseconds") <= 7000
    (log_stream,) = functions.log_streams(asked)
    assert answer == {
        "aws_request_id": ID,
        "invoked_function_arn": arn,
        "function_name": asked.name,
        "function_version": "$LATEST",
        "memory_limit_in_mb": "256",
        "log_group_name": f"/aws/lambda/{asked.name}",
        "log_stream_name": log_stream,
    }


def test_the_client_context_reaches_the_handler(functions: RunningFunctions) -> None:
    asked = function("def handler(event, context): return context.client_context.custom")
    text = json.dumps({"custom": {"name": "ä", "text": "a\nb"}}, indent=2, ensure_ascii=False)

    assert succeeded(functions.invoke(asked, client_context=text)) == {"name": "ä", "text": "a\nb"}


TRACED = "import os\ndef handler(event, context): return os.environ['_X_AMZN_TRACE_ID']"
ROOT = "1-5759e988-bd862e3fe1be46a994272793"


def test_the_trace_of_the_caller_goes_on(functions: RunningFunctions) -> None:
    header = f"Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=1"

    assert succeeded(functions.invoke(function(TRACED), trace_header=header)) == header


@pytest.mark.parametrize(("active", "sampled"), [(False, "0"), (True, "1")])
def test_a_trace_starts_where_there_is_none(
    functions: RunningFunctions, active: bool, sampled: str
) -> None:
    trace = succeeded(functions.invoke(function(TRACED, tracing_active=active)))

    assert re.fullmatch(
        rf"Root=1-[0-9a-f]{{8}}-[0-9a-f]{{24}};Parent=[0-9a-f]{{16}};Sampled={sampled}", trace
    )


def test_an_exception_is_the_error_object_of_the_client(functions: RunningFunctions) -> None:
    broken = function("def handler(event, context):\n    raise KeyError('job')")

    error = failed(functions.invoke(broken, request_id=ID))

    assert list(error) == ERROR_KEYS
    (frame,) = error.pop("stackTrace")
    assert frame.endswith("line 2, in handler\n    raise KeyError('job')\n")
    assert error == {"errorMessage": "'job'", "errorType": "KeyError", "requestId": ID}


def test_an_exception_of_a_thousand_frames_arrives(functions: RunningFunctions) -> None:
    # The client sends every frame in a header, which is then larger than most servers accept.
    source = "def handler(event, context):\n    return handler(event, context)"

    assert failed(functions.invoke(function(source)))["errorType"] == "RecursionError"


def test_after_an_exception_the_same_process_goes_on(functions: RunningFunctions) -> None:
    counting = function(
        """
        import os
        calls = []
        def handler(event, context):
            calls.append(event)
            if event == "raise":
                raise ValueError(os.getpid())
            return [os.getpid(), len(calls)]
        """
    )

    error = failed(functions.invoke(counting, "raise"))

    assert succeeded(functions.invoke(counting)) == [int(error["errorMessage"]), 2]


@pytest.mark.parametrize("value", ["object()", "{1, 2}", "{(1,): 2}"])
def test_a_value_that_json_cannot_express_is_the_clients_marshal_error(
    functions: RunningFunctions, value: str
) -> None:
    source = f"def handler(event, context): return {value}"
    with pytest.raises(FaultException) as fault:
        LambdaMarshaller().marshal_response(eval(value))  # noqa: S307 - a literal of this file
    expected = make_error(fault.value.msg, fault.value.exception_type, fault.value.trace, ID)

    assert failed(functions.invoke(function(source), request_id=ID)) == expected


def test_a_response_of_six_megabytes_passes(functions: RunningFunctions, large: Function) -> None:
    assert len(succeeded(functions.invoke(large, 6_291_554))) == 6_291_554


def test_a_larger_response_is_an_error(functions: RunningFunctions, large: Function) -> None:
    assert failed(functions.invoke(large, 6_291_555)) == {
        "errorType": "Function.ResponseSizeTooLarge",
        "errorMessage": "Response payload size exceeded maximum allowed payload size "
        "(6291556 bytes).",
    }


def test_after_a_response_that_was_too_large_the_function_works(
    functions: RunningFunctions, large: Function
) -> None:
    functions.invoke(large, 7_000_000)

    assert succeeded(functions.invoke(large, 3)) == "xxx"


@pytest.mark.parametrize(
    ("ending", "reason"),
    [
        ("os._exit(0)", "Runtime exited without providing a reason"),
        ("sys.exit()", "Runtime exited without providing a reason"),
        ("os._exit(3)", "Runtime exited with error: exit status 3"),
        ("sys.exit('bye')", "Runtime exited with error: exit status 1"),
        ("os.kill(os.getpid(), 9)", "Runtime exited with error: signal: killed"),
        ("os.kill(os.getpid(), 11)", "Runtime exited with error: signal: segmentation fault"),
        ("os.kill(0, 15)", "Runtime exited with error: signal: terminated"),
    ],
)
def test_the_end_of_the_process_is_an_exit_error(
    functions: RunningFunctions, ending: str, reason: str
) -> None:
    leaving = function(f"import os, sys\ndef handler(event, context): {ending}")

    result = functions.invoke(leaving, request_id=ID)

    error = {"errorType": "Runtime.ExitError", "errorMessage": f"RequestId: {ID} Error: {reason}"}
    assert failed(result) == error
    assert list(payload(result)) == list(error)


def test_a_timeout_is_reported_with_the_functions_limit(functions: RunningFunctions) -> None:
    slow = function("import time\ndef handler(event, context): time.sleep(30)", timeout_seconds=1)

    assert failed(functions.invoke(slow, request_id=ID)) == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {ID} Error: Task timed out after 1.00 seconds",
    }


REMEMBERING = """
    import os, pathlib, tempfile, time
    kept = pathlib.Path(tempfile.gettempdir(), "kept")
    calls = []
    def handler(event, context):
        calls.append(event)
        found = kept.exists()
        kept.write_text("here")
        if event == "time out":
            time.sleep(30)
        if event == "exit":
            os._exit(1)
        return {"process": os.getpid(), "calls": len(calls), "found": found,
                "log stream": context.log_stream_name}
    """


@pytest.mark.parametrize("failure", ["time out", "exit"])
def test_a_reset_starts_a_new_process_in_the_same_environment(
    functions: RunningFunctions, failure: str
) -> None:
    remembering = function(REMEMBERING, timeout_seconds=1)

    before = succeeded(functions.invoke(remembering))
    failed(functions.invoke(remembering, failure))
    after = succeeded(functions.invoke(remembering))

    assert (before["found"], after["found"]) == (False, True)
    assert (before["calls"], after["calls"]) == (1, 1)
    assert before["process"] != after["process"]
    assert before["log stream"] == after["log stream"]


@pytest.mark.parametrize(
    ("source", "handler", "error_type", "message"),
    [
        ("raise ValueError('no')", "index.handler", "ValueError", "no"),
        (
            "import nowhere",
            "index.handler",
            FaultException.IMPORT_MODULE_ERROR,
            "Unable to import module 'index': No module named 'nowhere'",
        ),
        (
            "",
            "missing.handler",
            FaultException.IMPORT_MODULE_ERROR,
            "Unable to import module 'missing': No module named 'missing'",
        ),
        (
            "",
            "index.handler",
            FaultException.HANDLER_NOT_FOUND,
            "Handler 'handler' missing on module 'index'",
        ),
        ("", "handler", FaultException.MALFORMED_HANDLER_NAME, "Bad handler 'handler'"),
        (
            "def handler(:",
            "index.handler",
            FaultException.USER_CODE_SYNTAX_ERROR,
            "Syntax error in module 'index'",
        ),
    ],
)
def test_an_error_at_import_is_the_clients_with_an_empty_request_id(
    functions: RunningFunctions, source: str, handler: str, error_type: str, message: str
) -> None:
    broken = function(source, handler=handler)

    error = failed(functions.invoke(broken))

    assert list(error) == ERROR_KEYS
    assert error["errorType"] == error_type
    assert error["errorMessage"].startswith(message)
    assert error["requestId"] == ""


def test_every_invocation_tries_a_broken_import_again(functions: RunningFunctions) -> None:
    broken = function("print('importing')\nraise ValueError")

    failed(functions.invoke(broken))
    failed(functions.invoke(broken))

    # Once in the Init phase, then once in each invocation.
    assert functions.log(broken).count("importing\n") == 3
    assert len(functions.log_streams(broken)) == 1


def test_the_end_of_the_process_at_import_is_an_exit_error(functions: RunningFunctions) -> None:
    leaving = function("import os\nos._exit(4)")

    assert failed(functions.invoke(leaving, request_id=ID)) == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: {ID} Error: Runtime exited with error: exit status 4",
    }


def test_an_import_that_takes_too_long_is_repeated_with_the_functions_limit(
    make_functions: Any,
) -> None:
    functions = make_functions(init_limit_seconds=0.4)
    slow = function("import time\ntime.sleep(0.6)\ndef handler(event, context): return 'done'")

    assert succeeded(functions.invoke(slow)) == "done"


def test_an_import_that_never_ends_is_a_timeout(make_functions: Any) -> None:
    functions = make_functions(init_limit_seconds=0.4)
    endless = function("import time\ntime.sleep(30)", timeout_seconds=1)

    assert failed(functions.invoke(endless, request_id=ID)) == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {ID} Error: Task timed out after 1.00 seconds",
    }


def test_the_environment_variables_are_lambdas_and_the_functions(
    make_functions: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OF_THE_HOST", "secret")
    functions = make_functions(
        extra_variables={"AWS_ENDPOINT_URL": "http://127.0.0.1:4566", "OWN": "no"}
    )
    asked = function(
        "import os\ndef handler(event, context): return dict(os.environ)",
        environment={"OWN": "yes", "AWS_LAMBDA_FUNCTION_NAME": "another"},
    )

    variables = succeeded(functions.invoke(asked))

    assert "OF_THE_HOST" not in variables
    assert set(variables) - {"LC_CTYPE"} == {
        "AWS_DEFAULT_REGION",
        "AWS_ENDPOINT_URL",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_FORMAT",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "AWS_XRAY_CONTEXT_MISSING",
        "HOME",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
        "LANG",
        "OWN",
        "PATH",
        "PYTHONPATH",
        "TMPDIR",
        "TZ",
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
    }
    assert variables["OWN"] == "yes"
    assert variables["AWS_LAMBDA_FUNCTION_NAME"] == asked.name
    assert variables["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.13"
    assert variables["AWS_REGION"] == variables["AWS_DEFAULT_REGION"] == "eu-central-1"
    assert variables["TZ"] == ":UTC"


def test_a_function_finds_its_own_modules_first(functions: RunningFunctions) -> None:
    files = {
        "index.py": "import boto3, json\ndef handler(event, context): return boto3.WHOSE",
        "boto3.py": "WHOSE = 'the package'",
        "awslambdaric.py": "raise RuntimeError('not the client')",
    }

    assert succeeded(functions.invoke(function(code=zip_file(files)))) == "the package"


def test_a_function_finds_boto3_and_nothing_else_of_the_host(functions: RunningFunctions) -> None:
    importing = function(
        """
        import importlib
        def handler(event, context):
            found = []
            for name in event:
                try:
                    found.append(importlib.import_module(name).__name__)
                except ImportError:
                    pass
            return found
        """
    )

    names = ["boto3", "botocore.session", "pytest", "h11", "emulator", "ministack", "aws_cdk"]

    assert succeeded(functions.invoke(importing, names)) == ["boto3", "botocore.session"]


def test_a_function_starts_in_the_folder_of_its_code(functions: RunningFunctions) -> None:
    files = {
        "index.py": "def handler(event, context): return open('data/text.txt').read()",
        "data/text.txt": "beside the code",
    }

    assert succeeded(functions.invoke(function(code=zip_file(files)))) == "beside the code"


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only for root")
def test_the_code_is_read_only(functions: RunningFunctions) -> None:
    writing = function("def handler(event, context): open('index.py', 'w')")

    assert failed(functions.invoke(writing))["errorType"] == "PermissionError"


@pytest.fixture(scope="module")
def echo() -> Function:
    return function("def handler(event, context): return event")


@pytest.fixture(scope="module")
def large() -> Function:
    return function("def handler(event, context): return 'x' * event")
