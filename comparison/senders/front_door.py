"""`api-gateway` and `alb`: an HTTP request, byte for byte as the scenario wants it."""

import http.client
import json
import time
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from comparison.clients import Clients
from comparison.observation import CallerSaw, Sending
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
        options = sending.http
        body = json.dumps(sending.document()).encode() if options.body is None else options.body
        line = self._prefix + options.resource + (f"?{options.query}" if options.query else "")
        headers = [*options.headers, *self._body_headers(options.headers, body)]
        if self._signature is not None:
            url = f"{self._address.scheme}://{self._host}{line}"
            headers += self._signature(options.method, url, body)
        return self._exchange(options.method, line, headers, body)

    @staticmethod
    def _body_headers(given: tuple[tuple[str, str], ...], body: bytes) -> Headers:
        names = {name.lower() for name, _ in given}
        added = [("Content-Length", str(len(body)))] if body else []
        if body and "content-type" not in names:
            added.append(("Content-Type", "application/json"))
        return added

    def _exchange(self, method: str, line: str, headers: Headers, body: bytes) -> CallerSaw:
        kind = (
            http.client.HTTPSConnection
            if self._address.scheme == "https"
            else http.client.HTTPConnection
        )
        connection = kind(self._address.hostname or "", self._address.port, timeout=DEADLINE)
        sent_at, started = time.time(), time.monotonic()
        try:
            connection.putrequest(method, line, skip_host=True, skip_accept_encoding=True)
            for name, value in [("Host", self._host), *headers]:
                connection.putheader(name, value)
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
