"""Charts as SVG, in the style of those that `simulate` writes: groups of lines over one logarithmic axis."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

_WIDTH = 760
_LINE = 20
_MARGIN = 16
_LEFT = 190
_PLOT = 440
_BAR = 12
_BASELINE = 10
_GAP = 6
_INK = "#2f6f9f"
_PALE = "#e6e6e6"
_DOTS = ("#1d4868", "#2f6f9f", "#7fa9c6", "#b9cfdd")


@dataclass(frozen=True)
class Bar:
    """A line of a chart: one value, or several ascending ones, all above 0."""

    label: str
    values: tuple[float, ...]


@dataclass(frozen=True)
class Group:
    title: str
    bars: Sequence[Bar]


@dataclass(frozen=True)
class Axis:
    """Logarithmic, from a power of ten to another that hold all values."""

    low: int
    high: int

    @staticmethod
    def of(values: Iterable[float]) -> Axis:
        logs = [math.log10(value) for value in values if value > 0] or [0.0]
        low = math.floor(min(logs))
        return Axis(low, max(low + 1, math.ceil(max(logs))))

    def x(self, value: float) -> float:
        share = (math.log10(value) - self.low) / (self.high - self.low) if value > 0 else 0.0
        return _LEFT + _PLOT * min(1.0, max(0.0, share))

    def grid(self, bottom: int) -> list[str]:
        lines = []
        for power in range(self.low, self.high + 1):
            x = self.x(10.0**power)
            lines.append(f"<line x1='{x:.1f}' y1='{_MARGIN + _LINE}' x2='{x:.1f}' y2='{bottom}' stroke='{_PALE}'/>")
            lines.append(_text(x, _MARGIN + _LINE // 2 + 2, f"{10.0**power:g}", "text-anchor='middle' fill='#666'"))
        return lines


def bars(title: str, groups: Sequence[Group], form: str) -> str:
    """Each line a bar to its first value, which stands beside it, written in this form."""
    axis = Axis.of(value for group in groups for bar in group.bars for value in bar.values)

    def drawn(bar: Bar, top: int) -> list[str]:
        end = axis.x(bar.values[0])
        rectangle = f"<rect x='{_LEFT}' y='{top}' width='{end - _LEFT:.1f}' height='{_BAR}' fill='{_INK}'/>"
        return [rectangle, _text(end + _GAP, top, form.format(bar.values[0]))]

    return _document(title, groups, axis, drawn)


def ranges(title: str, groups: Sequence[Group], form: str) -> str:
    """Each line a dot for each value, joined by a stroke; the first and the last value stand beside it."""
    axis = Axis.of(value for group in groups for bar in group.bars for value in bar.values)

    def drawn(bar: Bar, top: int) -> list[str]:
        y = top + _BAR / 2
        first, last = axis.x(bar.values[0]), axis.x(bar.values[-1])
        lines = [f"<line x1='{first:.1f}' y1='{y}' x2='{last:.1f}' y2='{y}' stroke='{_DOTS[2]}' stroke-width='2'/>"]
        for number, value in enumerate(bar.values):
            colour = _DOTS[min(number, len(_DOTS) - 1)]
            lines.append(f"<circle cx='{axis.x(value):.1f}' cy='{y}' r='4' fill='{colour}'/>")
        ends = f"{form.format(bar.values[0])} to {form.format(bar.values[-1])}"
        return [*lines, _text(last + _GAP + 4, top, ends)]

    return _document(title, groups, axis, drawn)


def _document(title: str, groups: Sequence[Group], axis: Axis, drawn: Callable[[Bar, int], list[str]]) -> str:
    body: list[str] = []
    top = _MARGIN + 2 * _LINE
    for group in groups:
        body.append(_text(_MARGIN, top, group.title, "font-weight='bold'"))
        top += _LINE
        for bar in group.bars:
            body.append(_text(_MARGIN, top, bar.label))
            body += drawn(bar, top)
            top += _LINE
        top += _LINE // 2
    head = [
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {_WIDTH} {top}' font-family='sans-serif'"
        " font-size='12'>",
        f"<title>{escape(title)}</title>",
        "<rect width='100%' height='100%' fill='white'/>",
        _text(_MARGIN, _GAP, title, "font-weight='bold'"),
    ]
    return "\n".join([*head, *axis.grid(top - _LINE // 2), *body, "</svg>"]) + "\n"


def _text(x: float, top: float, text: str, attributes: str = "") -> str:
    return f"<text x='{x:.1f}' y='{top + _BASELINE:.1f}' {attributes}>{escape(text)}</text>"
