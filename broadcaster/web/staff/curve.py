"""The delivery curve as a drawing: where its points and its axes' words stand."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from broadcaster.web.formats import count

# in units of the drawing, which is as wide as a small phone: letters of 18 stay 18 px
WIDTH, HEIGHT = 328, 260
MOST_ROWS = 12
LEFT, RIGHT, TOP, BOTTOM = 62, 14, 16, 52
_UNITS = ((2 * 3600, 3600, "hours"), (120, 60, "minutes"), (0, 1, "seconds"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A word on an axis and how far along it stands."""

    at: float
    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Everything the template draws. `unit` is a word of the table `live`."""

    points: str
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    unit: str
    rows: tuple[tuple[str, int], ...]
    """The same as a table: time in `unit`, texts ended by then."""


def draw(points: Sequence[tuple[float, int]], *, total: int) -> Curve | None:
    """Draw how many of `total` texts had ended after how many seconds; or nothing."""
    if not points or total < 1:
        return None
    longest = max(1.0, points[-1][0])
    _, divisor, unit = next(u for u in _UNITS if longest >= u[0])
    across = _nice(longest / divisor) * divisor

    def x(seconds: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * seconds / across

    def y(ended: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * ended / total

    steps = [(x(0), y(0))]
    for seconds, ended in points:
        steps += [(x(seconds), steps[-1][1]), (x(seconds), y(ended))]
    return Curve(
        points=" ".join(f"{px:.1f},{py:.1f}" for px, py in steps),
        across=tuple(
            Tick(at=x(part * across), word=_number(part * across / divisor))
            for part in (0, 0.5, 1)
        ),
        up=tuple(Tick(at=y(n), word=count(n)) for n in sorted({0, total // 2, total})),
        unit=unit,
        rows=tuple(
            (_number(seconds / divisor), ended) for seconds, ended in _few(points)
        ),
    )


def _nice(longest: float) -> float:
    """Return the next round number, so that the half of it is one too."""
    size: float = 10 ** math.floor(math.log10(longest))
    return next(step * size for step in (1, 2, 4, 6, 8, 10) if step * size >= longest)


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0").replace(".", ",")


def _few(points: Sequence[tuple[float, int]]) -> list[tuple[float, int]]:
    """Return some of the points, evenly, and always the last."""
    stride = max(1, -(-len(points) // MOST_ROWS))
    return [p for i, p in enumerate(points, 1) if i % stride == 0 or i == len(points)]
