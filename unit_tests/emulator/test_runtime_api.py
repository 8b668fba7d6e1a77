"""The Runtime API as a runtime sees it: HTTP over a real connection."""

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest

from emulator.engine.invocation import Invocation
from emulator.engine.runtime_api import PAYLOAD_LIMIT_BYTES, RuntimeApi, RuntimeState

NEXT = "/2018-06-01/runtime/invocation/next"
RESPONSE = "/2018-06-01/runtime/invocation/an-id/response"
ERROR = "/2018-06-01/runtime/invocation/an-id/error"
INIT_ERROR = "/2018-06-01/runtime/init/error"
WORK = Invocation("an-id", b'{"job": 1}', "arn:aws:lambda:eu-central-1:000000000000:function:f")

Answer = tuple[int, dict[str, str], bytes]


class Runtime:
    """A runtime with one connection that stays open."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, method: str, path: str, body: bytes = b"", header: str = "") -> None:
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: api\r\nContent-Length: {len(body)}\r\n{header}\r\n"
        )
        self.writer.write(head.encode() + body)
        await self.writer.drain()

    async def receive(self) -> Answer:
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        status, *lines = head.strip().split("\r\n")
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines)
        }
        body = await self.reader.readexactly(int(headers.get("content-length", "0")))
        return int(status.split()[1]), headers, body

    async def ask(self, method: str, path: str, body: bytes = b"", header: str = "") -> Answer:
        await self.send(method, path, body, header)
        return await self.receive()

    async def is_waiting_at(self, api: RuntimeApi) -> None:
        await self.send("GET", NEXT)
        await asyncio.wait_for(api.phase_ended, 5)

    def close(self) -> None:
        self.writer.close()


Connect = Callable[[], Awaitable[Runtime]]
Scenario = Callable[[RuntimeApi, Connect], Awaitable[None]]


def play(scenario: Scenario) -> None:
    """Run a scenario with an API of its own."""

    async def run() -> None:
        api = RuntimeApi()
        host, port = (await api.listen()).split(":")
        opened: list[Runtime] = []

        async def connect() -> Runtime:
            opened.append(Runtime(*await asyncio.open_connection(host, int(port))))
            return opened[-1]

        try:
            await asyncio.wait_for(scenario(api, connect), 10)
        finally:
            api.close()
            for runtime in opened:
                runtime.close()

    asyncio.run(run())


def give_work(api: RuntimeApi, work: Invocation = WORK) -> None:
    api.start_invocation(work, deadline=1_542_409_706.888, trace_header="Root=1-2-3")


def test_the_first_next_ends_the_init_phase_and_waits_for_work() -> None:
    async def scenario(api: RuntimeApi, connect: Connect) -> None:
        runtime = await connect()
        assert not api.phase_ended.done()
        await runtime.is_waiting_at(api)
        assert api.state is RuntimeState.READY

        give_work(api)
        status, headers, body = await runtime.receive()

        assert (status, body) == (200, b'{"job": 1}')
        assert headers["content-type"] == "application/json"
        assert headers["lambda-runtime-aws-request-id"] == "an-id"
        assert headers["lambda-runtime-deadline-ms"] == "1542409706888"
        assert headers["lambda-runtime-invoked-function-arn"] == WORK.invoked_function_arn
        assert headers["lambda-runtime-trace-id"] == "Root=1-2-3"
        assert "lambda-runtime-client-context" not in headers

    play(scenario)


def test_a_client_context_travels_in_one_line() -> None:
    async def scenario(api: RuntimeApi, connect: Connect) -> None:
        runtime = await connect()
        await runtime.is_waiting_at(api)

        give_work(api, Invocation("an-id", b"{}", "arn", client_context='{\n\t"a": "ä"\r\n}'))
        _, headers, _ = await runtime.receive()

        assert json.loads(headers["lambda-runtime-client-context"]) == {"a": "ä"}

    play(scenario)


@pytest.mark.parametrize(
    ("path", "header", "error_type"),
    [
        (RESPONSE, "", None),
        (ERROR, "", "Runtime.Unknown"),
        (ERROR, "ValueError", "Runtime.Unknown"),
        (ERROR, "Function.any", "Function.Unknown"),
        (ERROR, "Function.Own", "Function.Own"),
        (ERROR, "Runtime.ImportModuleError", "Runtime.ImportModuleError"),
    ],
)
def test_an_answer_is_accepted_and_the_next_request_ends_the_phase(
    path: str, header: str, error_type: str | None
) -> None:
    async def scenario(api: RuntimeApi, connect: Connect) -> None:
        runtime = await connect()
        await runtime.is_waiting_at(api)
        give_work(api)
        await runtime.receive()

        line = f"Lambda-Runtime-Function-Error-Type: {header}\r\n" if header else ""
        status, _, body = await runtime.ask("POST", path, b"the answer", line)

        assert (status, json.loads(body)) == (202, {"status": "OK"})
        assert not api.phase_ended.done()
        await runtime.is_waiting_at(api)
        assert api.answer is not None
        assert (api.answer.payload, api.answer.error_type) == (b"the answer", error_type)

    play(scenario)


def test_many_invocations_share_a_connection() -> None:
    async def scenario(api: RuntimeApi, connect: Connect) -> None:
        runtime = await connect()
        for number in range(50):
            await runtime.is_waiting_at(api)
            give_work(api)
            await runtime.receive()
            await runtime.ask("POST", RESPONSE, b"%d" % number)
            assert api.answer is not None
            assert api.answer.payload == b"%d" % number

    play(scenario)


@pytest.mark.parametrize(
    ("size", "expected_status", "error_type"),
    [
        (PAYLOAD_LIMIT_BYTES, 202, None),
        (PAYLOAD_LIMIT_BYTES + 1, 413, "Function.ResponseSizeTooLarge"),
        (PAYLOAD_LIMIT_BYTES * 3, 413, "Function.ResponseSizeTooLarge"),
    ],
)
def test_a_response_is_limited(size: int, expected_status: int, error_type: str | None) -> None:
    async def scenario(api: RuntimeApi, connect: Connect) -> None:
        runtime = await connect()
        await runtime.is_waiting_at(api)
        give_work(api)
        await runtime.receive()

        status, _, _ = await runtime.ask("POST", RESPONSE, bytes(size))

        assert status == expected_status
        assert api.answer is not None
        assert api.answer.error_type == error_type

    play(scenario)


def test_a_body_that_waits_for_permission_gets_it() -> None:
    async def scenario(api: RuntimeApi, connect: Connect) -> None:
        runtime = await connect()
        await runtime.is_waiting_at(api)
        give_work(api)
        await runtime.receive()

        head = f"POST {RESPONSE} HTTP/1.1\r\nHost: api\r\nContent-Length: 2\r\n"
        runtime.writer.write(head.encode() + b"Expect: 100-continue\r\n\r\n")

        assert (await runtime.receive())[0] == 100
        runtime.writer.write(b"{}")
        assert (await runtime.receive())[0] == 202

    play(scenario)


def test_an_error_at_the_start_ends_the_init_phase() -> None:
    async def scenario(api: RuntimeApi, connect: Connect) -> None:
        runtime = await connect()
        header = "Lambda-Runtime-Function-Error-Type: Runtime.HandlerNotFound\r\n"

        status, _, _ = await runtime.ask("POST", INIT_ERROR, b"why", header)

        assert status == 202
        assert api.phase_ended.done()
        assert api.state is RuntimeState.INIT_FAILED
        assert api.answer is not None
        assert api.answer.payload == b"why"
        assert api.answer.error_type == "Runtime.HandlerNotFound"

    play(scenario)


def test_what_comes_out_of_turn_is_refused() -> None:
    async def scenario(api: RuntimeApi, connect: Connect) -> None:
        runtime = await connect()
        assert (await runtime.ask("POST", RESPONSE, b"early"))[0] == 403
        await runtime.is_waiting_at(api)
        another = await connect()
        assert (await another.ask("GET", NEXT))[0] == 403
        assert (await another.ask("POST", INIT_ERROR))[0] == 403
        give_work(api)
        await runtime.receive()
        assert (await runtime.ask("GET", NEXT))[0] == 403
        assert (await runtime.ask("POST", RESPONSE.replace("an-id", "other")))[0] == 400
        assert (await runtime.ask("POST", RESPONSE, b"first"))[0] == 202
        status, _, body = await runtime.ask("POST", RESPONSE, b"second")

        assert status == 403
        assert json.loads(body)["errorType"] == "InvalidStateTransition"
        assert api.answer is not None
        assert api.answer.payload == b"first"

    play(scenario)


def test_an_unknown_path_is_not_found() -> None:
    async def scenario(api: RuntimeApi, connect: Connect) -> None:
        runtime = await connect()
        for method, path in (("GET", "/"), ("POST", NEXT), ("GET", RESPONSE), ("GET", INIT_ERROR)):
            assert (await runtime.ask(method, path))[0] == 404
        assert api.state is RuntimeState.STARTED

    play(scenario)


@pytest.mark.parametrize(
    "garbage",
    [
        b"no HTTP\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: many\r\n\r\n",
    ],
)
def test_what_is_no_http_ends_its_connection_and_no_other(garbage: bytes) -> None:
    async def scenario(api: RuntimeApi, connect: Connect) -> None:
        runtime, broken = await connect(), await connect()
        await runtime.is_waiting_at(api)

        broken.writer.write(garbage)
        status, _, _ = await broken.receive()

        assert status == 400
        assert await broken.reader.read() == b""
        give_work(api)
        assert (await runtime.receive())[0] == 200

    play(scenario)


def test_a_head_without_end_ends_its_connection() -> None:
    async def scenario(api: RuntimeApi, connect: Connect) -> None:
        endless = await connect()
        with pytest.raises(ConnectionError):
            while True:
                endless.writer.write(b"x" * 100_000)
                await endless.writer.drain()

    play(scenario)


def test_data_while_waiting_for_work_ends_the_connection() -> None:
    async def scenario(api: RuntimeApi, connect: Connect) -> None:
        runtime = await connect()
        await runtime.is_waiting_at(api)

        runtime.writer.write(b"GET")

        assert await runtime.reader.read() == b""

    play(scenario)


def test_a_runtime_that_connects_again_may_ask_again() -> None:
    async def scenario(api: RuntimeApi, connect: Connect) -> None:
        lost = await connect()
        await lost.is_waiting_at(api)
        lost.writer.write(b"hang up")
        await lost.reader.read()

        runtime = await connect()
        await runtime.send("GET", NEXT)
        while api._waiting is None or not api._waiting.is_open:
            await asyncio.sleep(0)
        give_work(api)

        assert (await runtime.receive())[0] == 200

    play(scenario)


def test_closing_the_api_hangs_up() -> None:
    async def scenario(api: RuntimeApi, connect: Connect) -> None:
        runtime = await connect()
        await runtime.is_waiting_at(api)

        api.close()

        assert await runtime.reader.read() == b""
        with pytest.raises(OSError):
            await connect()

    play(scenario)
