"""The X-Amzn-Trace-Id header: how each front door reads and completes it.

Format: `Root=1-<8 hexadecimal digits: epoch seconds>-<24 hexadecimal digits>`, then `Parent` (16
hexadecimal digits) and `Sampled`, or fields of anyone's own, joined by semicolons.
Source: AWS X-Ray Developer Guide, "Tracing header"; Elastic Load Balancing, "Request tracing".
"""

import re
import secrets
from dataclasses import dataclass

TRACE_HEADER = "X-Amzn-Trace-Id"

_ROOT = re.compile(r"\bRoot=(1-[0-9a-f]{8}-[0-9a-f]{24})\b", re.IGNORECASE)
_PARENT = re.compile(r"\bParent=([0-9a-f]{16})\b", re.IGNORECASE)
_SAMPLED = re.compile(r"\bSampled=([01])", re.IGNORECASE)


@dataclass(frozen=True)
class TraceContext:
    """The trace a request belongs to, whole even where the client sent only a part of it."""

    root: str
    parent: str
    sampled: str

    def header(self) -> str:
        """Write the header with all its fields, as Lambda gets it and API Gateway returns it."""
        return f"Root={self.root};Parent={self.parent};Sampled={self.sampled}"


def new_trace_id(now: float) -> str:
    """Make a trace id that starts at `now`, in seconds since 1970."""
    return f"1-{int(now) & 0xFFFFFFFF:08x}-{secrets.token_hex(12)}"


def continue_trace(sent: str | None, now: float) -> TraceContext:
    """Take over what the client sent and add what is missing (AG-23)."""
    header = sent or ""
    root = _ROOT.search(header)
    if root is None:
        return TraceContext(new_trace_id(now), secrets.token_hex(8), "0")
    parent = _PARENT.search(header)
    sampled = _SAMPLED.search(header)
    return TraceContext(
        root.group(1),
        parent.group(1) if parent else secrets.token_hex(8),
        sampled.group(1) if sampled else "0",
    )


def load_balancer_trace_header(sent: str | None, now: float) -> str:
    """Complete the header as a load balancer passes it on (AL-21).

    Without a header it starts a trace. A `Root` stays and gets a `Self` in front; a `Self` that is
    there already is replaced; fields of the application's own stay.
    """
    fields = [field.strip() for field in (sent or "").split(";") if field.strip()]
    names = [field.partition("=")[0] for field in fields]
    trace_id = new_trace_id(now)
    if "Self" in names:
        fields[names.index("Self")] = f"Self={trace_id}"
    elif "Root" in names:
        fields.insert(0, f"Self={trace_id}")
    else:
        fields.insert(0, f"Root={trace_id}")
    return ";".join(fields)
