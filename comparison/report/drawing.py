"""A lane as SVG: the caller on top, the queue in the middle, the function at the bottom.

The three invocation types are three shapes. Synchronous: a block, the caller waits as long as the
function works. Asynchronous: a string of attempts, hanging on an event that waits in a queue. Poll-
based: a staircase of messages, taken away by batches.

Places along the axis are in percent, so that a lane fits any width and its text keeps its size;
heights are in pixels. Colours and patterns are classes of `templates/lanes.css`.
"""

from collections.abc import Iterator
from typing import Final

from markupsafe import Markup

from comparison.path import InvocationType
from comparison.report.axis import Axis
from comparison.report.lane import End, Lane, Outcome, Queue, Run, Span
from comparison.report.svg import Value, element
from comparison.report.words import answer, duration, many, sentence

HEIGHT: Final = 58
AXIS_HEIGHT: Final = 22
CALLER: Final = (3, 8)
QUEUE: Final = (15, 18)
FUNCTION: Final = (37, 16)
"""Top and height of the three rows, in pixels."""
ROOM_FOR_LETTER: Final = 1.6
"""Percent of the width that a letter takes where a lane is as narrow as on a phone."""
MOST_BATCHES: Final = 4
"""How many batches in one stretch are named by their sizes."""
LAST_TICK_LABEL: Final = 98.5
"""Percent of the width beyond which the label of a tick would be cut off."""


def lane_svg(lane: Lane, axis: Axis, label: str = "", **attributes: Value) -> Markup:
    """Draw a lane; label, or else its sentence, is its text for those who cannot see it.

    attributes are those of the `svg` element, beside or instead of its own.
    """
    own: dict[str, Value] = {
        "class_": f"lane {lane.invocation_type}",
        "role": "img",
        "aria_label": label or f"{lane.path}: {sentence(lane)}",
        "width": "100%",
        "height": HEIGHT,
    }
    return element("svg", *_ticks(axis), *_shape(lane, axis), **own | attributes)


def lane_again(identity: str) -> Markup:
    """Draw a lane once more that is in the same page with this id."""
    return element(
        "svg",
        element("use", href=f"#{identity}"),
        class_="lane",
        aria_hidden="true",
        width="100%",
        height=HEIGHT,
    )


def axis_svg(axis: Axis, **attributes: Value) -> Markup:
    """Draw the labels of an axis; attributes as for a lane."""
    labels = [
        element(
            "text",
            axis.label(tick),
            x=_percent(axis.at(tick)),
            y=15,
            text_anchor="middle" if tick else "start",
        )
        for tick in axis.ticks
        if axis.at(tick) <= LAST_TICK_LABEL
    ]
    own: dict[str, Value] = {
        "class_": "axis",
        "aria_hidden": "true",
        "width": "100%",
        "height": AXIS_HEIGHT,
    }
    return element("svg", *labels, **own | attributes)


def definitions() -> Markup:
    """Return the patterns that lanes use, to be put once into a page or picture."""
    return element("defs", *(pattern for kind in InvocationType for pattern in _patterns(kind)))


def _patterns(kind: InvocationType) -> Iterator[Markup]:
    ground = element("rect", class_="hatch-ground", width=6, height=6)
    for name, angle, width in (("failed", 45, 2.5), ("returned", -45, 1.5)):
        lines = element("rect", class_="hatch-line", width=width, height=6)
        yield element(
            "pattern",
            ground,
            lines,
            id=f"{name}-{kind}",
            class_=kind.value,
            width=6,
            height=6,
            patternUnits="userSpaceOnUse",
            patternTransform=f"rotate({angle})",
        )


def _ticks(axis: Axis) -> Iterator[Markup]:
    for tick in axis.ticks:
        x = _percent(axis.at(tick))
        yield element("line", class_="tick", x1=x, x2=x, y1=0, y2=HEIGHT)


def _shape(lane: Lane, axis: Axis) -> Iterator[Markup]:
    match lane.invocation_type:
        case InvocationType.SYNCHRONOUS:
            yield from _block(lane, axis)
        case InvocationType.ASYNCHRONOUS:
            yield from _string(lane, axis)
        case InvocationType.POLL_BASED:
            yield from _staircase(lane, axis)
    for call in lane.calls:
        yield _bar("call", call, CALLER, axis)
    for run in lane.runs:
        yield _bar(f"run {run.outcome}", run, FUNCTION, axis)
        yield from _run_label(run, axis)
    yield from (_end(lane, end, axis) for end in lane.ends)
    yield from _call_label(lane, axis)


def _block(lane: Lane, axis: Axis) -> Iterator[Markup]:
    """Draw a synchronous path: caller and function are tied to each other."""
    top, bottom = CALLER[0] + CALLER[1], FUNCTION[0]
    for call in lane.calls:
        x, width = axis.at(call.start), axis.at(call.end) - axis.at(call.start)
        yield element(
            "rect",
            class_="held",
            x=_percent(x),
            y=top,
            width=_percent(width),
            height=bottom + FUNCTION[1] - top,
        )
        for moment in (call.start, call.end):
            yield _upright("tie", moment, top, bottom + FUNCTION[1], axis)


def _string(lane: Lane, axis: Axis) -> Iterator[Markup]:
    """Draw an asynchronous path: the event waits on a line, each attempt hangs from it."""
    middle = QUEUE[0] + QUEUE[1] / 2
    for call in lane.calls:
        yield _upright("tie", call.start, CALLER[0] + CALLER[1], middle, axis)
    for wait in lane.queue:
        yield element(
            "line",
            class_="event" if wait.fresh else "event again",
            x1=_percent(axis.at(wait.start)),
            x2=_percent(axis.at(wait.end)),
            y1=middle,
            y2=middle,
        )
        if wait.returned and any(run.start >= wait.end for run in lane.runs):
            yield from _inside(duration(wait.end - wait.start), wait, middle + 13, axis)
    for run in lane.runs:
        yield _upright("tie", run.start, middle, FUNCTION[0], axis)


def _staircase(lane: Lane, axis: Axis) -> Iterator[Markup]:
    """Draw a poll-based path: messages pile up until an invocation takes them."""
    highest = max((step.messages for step in lane.queue), default=1)
    for step in lane.queue:
        yield from _step(step, highest, axis)
    for call in lane.calls:
        yield _upright("tie", call.start, CALLER[0] + CALLER[1], QUEUE[0] + QUEUE[1], axis)
    for run in lane.runs:
        yield _upright("gate", run.start, QUEUE[0], FUNCTION[0], axis)
    most = max(lane.queue, key=lambda step: step.messages, default=None)
    if most is not None:
        text = f"{many(most.messages, 'message')} waiting"
        yield from _inside(text, most, QUEUE[0] + QUEUE[1] - 5, axis)


def _step(step: Queue, highest: int, axis: Axis) -> Iterator[Markup]:
    bottom = float(QUEUE[0] + QUEUE[1])
    for kind, count in (("fresh", step.fresh), ("returned", step.returned)):
        height = round(QUEUE[1] * count / highest, 2)
        if count:
            bottom -= height
            yield _bar(f"messages {kind}", step, (bottom, height), axis)


def _run_label(run: Run, axis: Axis) -> Iterator[Markup]:
    parts = {Outcome.FAILED: ["✕"], Outcome.UNKNOWN: ["?"], Outcome.DONE: []}[run.outcome]
    if len(run.batches) > MOST_BATCHES:
        parts.append(many(len(run.batches), "invocation"))
    elif len(run.batches) > 1:
        parts.append(f"batches of {', '.join(map(str, run.batches))}")
    elif run.batches != (1,):
        parts.append(f"batch of {run.batches[0]}")
    if parts:
        yield from _beside(" ".join(parts), run, FUNCTION[0] + 12, axis)


def _call_label(lane: Lane, axis: Axis) -> Iterator[Markup]:
    if lane.shown is None or lane.shown.caller is None or not lane.calls:
        return
    (call,) = lane.calls
    got = answer(lane.shown.caller)
    waited = duration(lane.shown.caller.seconds)
    if lane.invocation_type is not InvocationType.SYNCHRONOUS:
        yield from _beside(got, call, CALLER[0] + 8, axis)
        return
    written = list(_inside(f"the caller waits {waited}, gets {got}", call, 28, axis))
    yield from written or _beside(f"{got} after {waited}", call, 28, axis)


def _end(lane: Lane, end: End, axis: Axis) -> Markup:
    """Draw where jobs ended: a dot when the function did its work, a square when it did not."""
    row = CALLER if lane.invocation_type is InvocationType.SYNCHRONOUS else QUEUE
    title = element("title", f"{end.where}, seen after {duration(end.at)}")
    if end.succeeded:
        mark = element("circle", title, class_="end good", r=5)
    else:
        mark = element("rect", title, class_="end bad", x=-5, y=-5, width=10, height=10)
    place = _percent(axis.at(end.at))
    return element("svg", mark, x=place, y=row[0] + row[1] / 2, overflow="visible")


def _bar(kind: str, span: Span, row: tuple[float, float], axis: Axis) -> Markup:
    """Draw a stretch; however short it is, its beginning is 2 pixels wide."""
    x, end = axis.at(span.start), axis.at(span.end)
    top, height = row
    return element(
        "g",
        element("rect", x=_percent(x), y=top, width=_percent(round(end - x, 3)), height=height),
        element("rect", x=_percent(x), y=top, width=2, height=height),
        class_=kind,
    )


def _upright(kind: str, moment: float, top: float, bottom: float, axis: Axis) -> Markup:
    x = _percent(axis.at(moment))
    return element("line", class_=kind, x1=x, x2=x, y1=top, y2=bottom)


def _inside(text: str, span: Span, y: float, axis: Axis) -> Iterator[Markup]:
    """Write into the middle of a stretch, if there is room for it."""
    x, end = axis.at(span.start), axis.at(span.end)
    if end - x >= len(text) * ROOM_FOR_LETTER:
        yield element(
            "text", text, class_="inside", x=_percent((x + end) / 2), y=y, text_anchor="middle"
        )


def _beside(text: str, span: Span, y: float, axis: Axis) -> Iterator[Markup]:
    """Write to the right of a stretch, or to its left where only there is room for it."""
    left, right = axis.at(span.start), axis.at(span.end)
    if 100 - right >= min(left, (len(text) + 2) * ROOM_FOR_LETTER):
        yield element("text", text, x=_percent(right), dx=6, y=y)
    else:
        yield element("text", text, x=_percent(left), dx=-4, y=y, text_anchor="end")


def _percent(value: float) -> str:
    return f"{round(value, 3):g}%"
