"""`api-gateway` and `alb`: an HTTP request, byte for byte as the scenario wants it."""

import http.client
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from urllib.parse import quote, urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from comparison.clients import Clients
from comparison.observation import CallerSaw, Sending
from comparison.senders.call import body_of
from comparison.stack_outputs import StackOutputs
from stacks.naming import Output

DEADLINE = 60

Headers = list[tuple[str, str]]
Signature = Callable[[str, str, bytes], Headers]
"""(method, URL, body) -> headers that authorize the request."""


class FrontDoorSender:
    """Sends HTTP requests to one host, which may be reached at another address.

    address is where to connect (a URL), host what the Host header says, prefix what precedes
    each resource in the path.
    """

    def __init__(
        self, address: str, host: str, prefix: str = "", signature: Signature | None = None
    ) -> None:
        self._address = urlsplit(address)
        self._host = host
        self._prefix = prefix
        self._signature = signature

    def send(self, sendings: Sequence[Sending]) -> list[CallerSaw]:
        """Send one request per job."""
        return [self._request(sending) for sending in sendings]

    def _request(self, sending: Sending) -> CallerSaw:
        options, job = sending.http, body_of(sending)
        query, body = options.query, job.encode()
        if options.method == "GET":
            query = "&".join(filter(None, [query, f"job={quote(job, safe='')}"]))
            body = b""
        line = self._prefix + options.resource + (f"?{query}" if query else "")
        headers = [*options.headers, *_body_headers(options.headers, body)]
        if self._signature is not None and options.signed:
            url = f"{self._address.scheme}://{self._host}{line}"
            headers += self._signature(options.method, url, body)
        return self._exchange(options.method, line, headers, body)

    def _exchange(self, method: str, line: str, headers: Headers, body: bytes) -> CallerSaw:
        kind = (
            http.client.HTTPSConnection
            if self._address.scheme == "https"
            else http.client.HTTPConnection
        )
        connection = kind(self._address.hostname or "", self._address.port, timeout=DEADLINE)
        sent_at, started = time.time(), time.monotonic()
        try:
            connection.connect()
            connection.putrequest(method, line, skip_host=True, skip_accept_encoding=True)
            for name, value in [("Host", self._host), *headers]:
                connection.putheader(name, value)
            with suppress(BrokenPipeError, ConnectionResetError):
                # Whoever refuses a large request may answer and hang up before reading all of it.
                connection.endheaders(body or None)
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as failure:
            return CallerSaw(
                sent_at, time.monotonic() - started, error=f"{type(failure).__name__}: {failure}"
            )
        finally:
            connection.close()
        return CallerSaw(
            sent_at=sent_at,
            seconds=time.monotonic() - started,
            status=response.status,
            headers=_merged(response.getheaders()),
            body=content.decode(errors="replace"),
            details={"reason": response.reason, "header_list": response.getheaders()},
        )


def _body_headers(given: tuple[tuple[str, str], ...], body: bytes) -> Headers:
    if not body:
        return []
    names = {name.lower() for name, _ in given}
    content_type = [] if "content-type" in names else [("Content-Type", "application/json")]
    return [("Content-Length", str(len(body))), *content_type]


def _merged(headers: Headers) -> dict[str, str]:
    """Join the values of headers that came more than once, as HTTP allows."""
    merged: dict[str, str] = {}
    for name, value in headers:
        key = name.lower()
        merged[key] = f"{merged[key]}, {value}" if key in merged else value
    return merged


def api_gateway_sender(clients: Clients, outputs: StackOutputs) -> FrontDoorSender:
    """Return the sender of `api-gateway`: requests signed with SigV4, as the API demands."""
    target = clients.target
    host = target.api_gateway_host.format(api=outputs[Output.REST_API_ID], region=target.region)
    return FrontDoorSender(
        address=target.endpoint or f"https://{host}",
        host=host,
        prefix=f"/{outputs[Output.REST_API_STAGE]}",
        signature=lambda method, url, body: _signed(clients, method, url, body),
    )


def _signed(clients: Clients, method: str, url: str, body: bytes) -> Headers:
    credentials = clients.session.get_credentials()
    if credentials is None:
        return []
    request = AWSRequest(method=method, url=url, data=body)
    SigV4Auth(credentials, "execute-api", clients.target.region).add_auth(request)
    return list(request.headers.items())


def load_balancer_sender(clients: Clients, outputs: StackOutputs) -> FrontDoorSender:
    """Return the sender of `alb`: plain HTTP, let in by the security group alone."""
    host = outputs[Output.LOAD_BALANCER_DNS_NAME]
    return FrontDoorSender(address=clients.target.endpoint or f"http://{host}", host=host)
