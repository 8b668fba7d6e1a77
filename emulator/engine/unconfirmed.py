"""Where the front doors had to choose: what AWS does is not confirmed by a recording.

The only place that says so. Each row names a fact, what is implemented, and what is known.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Reading:
    """One choice. fact is an id of the project's facts."""

    fact: str
    implemented: str
    known: str


UNCONFIRMED = (
    Reading(
        "AG-03",
        "a Content-Length of the function reaches the client as x-amzn-Remapped-Content-Length",
        "the documentation's table lets it pass; published responses carry it remapped",
    ),
    Reading(
        "AG-09",
        "binary media type */* covers every type, even a request without Accept or Content-Type",
        "documented; recordings exist for literal types and type/* only",
    ),
    Reading(
        "AG-11",
        "an error carries X-Amzn-Trace-Id with the root alone",
        "captured in 2025; captures of 2020 to 2024 have no such header",
    ),
    Reading(
        "AG-12",
        "an empty object is a success; a number or boolean is taken where a text is expected; a "
        "header that is null is left out",
        "recorded: each key may be absent, statusCode may be text, a header may be true",
    ),
    Reading(
        "AG-12",
        "a statusCode outside 200 to 599 or a header that HTTP does not allow is malformed: 502",
        "not documented",
    ),
    Reading("AG-14", "a function timeout is 502", "documented; one report of 2025 says 500"),
    Reading(
        "AG-17",
        "a throttled function is 500",
        "captured in 2025; a log of 2018 and older reports say 502",
    ),
    Reading(
        "AG-25",
        'more than 10 MB is 413 with a plain text, an event of more than 6 MB is 413 with "Request '
        'Too Long"',
        "published captures; the documentation names the limits alone",
    ),
    Reading(
        "AL-01",
        "idle_timeout does not end a request to a function",
        "the documentation says that the load balancer waits until the function responds or times "
        "out",
    ),
    Reading(
        "AL-07",
        "headers in the map of the other mode are ignored",
        "documented as wrong without saying what happens; most reports say that they are missing",
    ),
    Reading(
        "AL-09",
        "only statusCode is required; without a Content-Type it is application/octet-stream",
        "documented as required: isBase64Encoded and headers too; reports of 2020 and 2025 say "
        "that they are not",
    ),
    Reading(
        "AL-10",
        "a statusDescription that is not `<statusCode> <phrase>` is 502",
        "documented as the format; 502 is reported for null",
    ),
    Reading(
        "AL-12",
        "the pages for 400 and 413 have the form of the one for 502, the latter with nginx's title",
        "captured for 502 and 503",
    ),
    Reading("AL-17", "1 MB is 1,048,576 bytes", "the documentation says 1 MB"),
    Reading("AL-22", "the id of the invocation is not returned", "no recording"),
    Reading(
        "AL-26",
        "a text body that is not UTF-8 is 502",
        "documented: LambdaBadRequest in the access log; the status is not",
    ),
)
