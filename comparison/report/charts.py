"""Charts of distributions and batches, drawn by pygal as SVG without style or script of its own.

The page's style sheet (`templates/charts.css`) colours them, so that they follow light and dark.
"""

from collections.abc import Sequence
from itertools import zip_longest
from math import ceil, floor, log10
from typing import Any, Final

import pygal  # type: ignore[import-untyped] # pygal has no type information
from markupsafe import Markup
from pygal.style import Style  # type: ignore[import-untyped] # pygal has no type information

from comparison.report.batches import Batches
from comparison.report.distributions import Distribution

WIDTH: Final = 480
ROW: Final = 26
"""Pixels, before the page scales a chart to the room there is."""
PERCENTILES: Final = {50: 6, 90: 4, 99: 3}
"""Which percentiles are marked, and with how large a dot."""
MOST_DOTS: Final = 80
MOST_INVOCATIONS: Final = 12
SHORTEST: Final = 0.001
"""The shortest duration on a logarithmic axis, in seconds: receipts have no finer times."""


def distribution_chart(distributions: Sequence[Distribution], title: str) -> Markup:
    """Draw each path's jobs as dots on a logarithmic axis, and its percentiles on a line."""
    rows = len(distributions)
    lowest = min(distribution.values[0] for distribution in distributions)
    highest = max(distribution.values[-1] for distribution in distributions)
    low, high = floor(_log(lowest)), max(ceil(_log(highest)), floor(_log(lowest)) + 1)
    chart = pygal.XY(
        **_look(title, rows),
        xrange=(low, high),
        range=(-0.5, rows - 0.5),
        show_x_guides=True,
        dots_size=2.5,
    )
    chart.x_labels = [{"value": power, "label": _power(power)} for power in range(low, high + 1)]
    chart.y_labels = [
        {"value": rows - 1 - row, "label": one.path} for row, one in enumerate(distributions)
    ]
    for row, one in enumerate(distributions):
        dots = [(_log(value), rows - 1 - row) for value in one.sample(MOST_DOTS)]
        chart.add(one.path, dots, stroke=False)
    for row, one in enumerate(distributions):
        marks = [
            {"value": (_log(one.percentile(percent)), rows - 1 - row), "node": {"r": radius}}
            for percent, radius in PERCENTILES.items()
        ]
        chart.add(f"{one.path}, percentiles", marks)
    kinds = [one.invocation_type for one in distributions]
    classes = [f"jobs {kind}" for kind in kinds] + [f"percentiles {kind}" for kind in kinds]
    return _drawn(chart, classes)


def batches_chart(batches: Sequence[Batches], title: str) -> Markup:
    """Draw a bar for each scenario, cut into its invocations, as long as it had messages."""
    chart = pygal.HorizontalStackedBar(
        **_look(title, len(batches)),
        print_values=True,
        print_zeroes=False,
        value_formatter=lambda size: f"{size:g}",
    )
    chart.x_labels = [one.scenario for one in reversed(batches)]
    sizes = [_shortened(one.sizes) for one in reversed(batches)]
    for number, of_invocation in enumerate(zip_longest(*sizes), 1):
        chart.add(f"invocation {number}", list(of_invocation))
    return _drawn(chart, ["batch"] * len(chart.raw_series))


def _shortened(sizes: Sequence[int]) -> list[int]:
    """Return the sizes of the first invocations, with all the rest as one."""
    if len(sizes) <= MOST_INVOCATIONS:
        return list(sizes)
    return [*sizes[: MOST_INVOCATIONS - 1], sum(sizes[MOST_INVOCATIONS - 1 :])]


def _look(title: str, rows: int) -> dict[str, Any]:
    return {
        "title": title,
        "width": WIDTH,
        "height": ROW * rows + 60,
        "margin": 4,
        "show_legend": False,
        "truncate_label": -1,
        "js": [],
        "css": [],
        "style": Style(label_font_size=12, major_label_font_size=12),
        "classes": ("chart",),
        "no_prefix": True,
        "disable_xml_declaration": True,
        "no_data_text": "nothing was measured",
    }


def _drawn(chart: Any, classes: Sequence[str]) -> Markup:
    """Return the SVG, with classes on its series and without what only pygal's script needs."""
    title = chart.config.title
    chart.config.title = None
    chart.add_xml_filter(lambda root: _plain(root, title, classes))
    return Markup(chart.render(is_unicode=True))  # noqa: S704 - an XML tree, escaped as it is written


def _plain(root: Any, title: str, classes: Sequence[str]) -> Any:
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in {"script", "style", "desc", "title"} or not isinstance(child.tag, str):
                parent.remove(child)
    for series in root.iter("g"):
        names = series.get("class", "").split()
        numbers = [name.removeprefix("serie-") for name in names if name.startswith("serie-")]
        if numbers and int(numbers[0]) < len(classes):
            series.set("class", f"{series.get('class')} {classes[int(numbers[0])]}")
    root.attrib.pop("id", None)
    root.set("role", "img")
    root.set("aria-label", title)
    return root


def _log(seconds: float) -> float:
    return round(log10(max(seconds, SHORTEST)), 3)


def _power(power: int) -> str:
    """Write a power of ten in seconds without digits after the point that say nothing."""
    return f"{10**power:g} s" if power >= -1 else f"{10 ** (power + 3):g} ms"
