"""The timeline as a drawing: one lane an actor, a mark for everything said, a line wherever the word was turned."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date

from markupsafe import escape

from trucewatch.pledges.book_legal import said_words
from trucewatch.pledges.nouns import Claim, Direction
from trucewatch.pledges.timeline import PLAN, Event, bearing, plan_or_actor

__all__ = ["timeline_svg"]

_LEAST_WIDTH, _LEFT, _LANE, _TOP = 900.0, 196.0, 34.0, 34.0
_MOST_LANES, _MOST_DAYS = 40, 400
_STEP = 11.0  # px between marks of one day
_LABEL = 78.0  # px that a date takes


def timeline_svg(events: Sequence[Event]) -> str:
    """Return the drawing of what was said, a column each day on which anything was; empty where nothing was.

    Days without a word take no room: the date stands above each column. The last days are shown where there are many.
    """
    if not events:
        return ""
    shown = set(sorted({e.on for e in events})[-_MOST_DAYS:])
    listed = [e for e in events if e.on in shown]
    lanes = _lanes(listed)
    starts, width = _columns(listed)
    height = _TOP + _LANE * len(lanes) + 12
    place = _places(listed, lanes, starts)
    parts = [_axis(starts, height), *(_lane(name, i, width) for i, name in lanes.values())]
    drawn = [e for e in listed if e.claim.claim_id in place]
    parts += [_turn(place[e.turn], place[e.claim.claim_id]) for e in drawn if e.turn in place]
    parts += [_mark(e, *place[e.claim.claim_id]) for e in drawn]
    title = f"What was said from {min(shown)} to {max(shown)}: one lane an actor, one column a day"
    return (
        f'<svg class="timeline" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}" '
        f'role="img" aria-label="{escape(title)}">{"".join(parts)}</svg>'
    )


def _columns(events: Sequence[Event]) -> tuple[dict[date, float], float]:
    """Return where each day's column starts, and the width of the drawing."""
    crowd = Counter((plan_or_actor(e.claim), e.on) for e in events)
    most: dict[date, int] = defaultdict(int)
    for (_, day), number in crowd.items():
        most[day] = max(most[day], number)
    starts, x = {}, _LEFT
    for day in sorted(most):
        starts[day] = x
        x += max(_LABEL, 24 + _STEP * ((most[day] + 1) // 2))
    return starts, max(_LEAST_WIDTH, x)


def _lanes(events: Sequence[Event]) -> dict[str, tuple[int, str]]:
    count = Counter(plan_or_actor(e.claim) for e in events)
    names = {plan_or_actor(e.claim): e.actor for e in events} | {PLAN: PLAN}
    ranked = sorted(count, key=lambda k: (k != PLAN, -count[k], k))[:_MOST_LANES]
    return {key: (i, names[key]) for i, key in enumerate(ranked)}


def _places(
    events: Sequence[Event], lanes: dict[str, tuple[int, str]], starts: dict[date, float]
) -> dict[str, tuple[float, float]]:
    """Return x, y of each claim's mark; those of one lane and day stand side by side in two rows."""
    crowd: dict[tuple[str, date], int] = defaultdict(int)
    found = {}
    for e in events:
        key = plan_or_actor(e.claim)
        if key in lanes:
            nth = crowd[key, e.on]
            crowd[key, e.on] += 1
            y = _TOP + _LANE * (lanes[key][0] + 0.3 + 0.4 * (nth % 2))
            found[e.claim.claim_id] = (starts[e.on] + 12 + (nth // 2) * _STEP, y)
    return found


def _axis(starts: dict[date, float], height: float) -> str:
    return "".join(
        f'<path class="grid" d="M{x:.1f} {_TOP - 24:.0f}V{height - 8:.0f}"/>'
        f'<text class="tick" x="{x + 5:.1f}" y="{_TOP - 10:.0f}">{day}</text>'
        for day, x in starts.items()
    )


def _lane(name: str, number: int, width: float) -> str:
    y = _TOP + _LANE * number
    short = name if len(name) <= 28 else f"{name[:27]}…"
    return (
        f'<path class="grid" d="M0 {y + _LANE:.1f}H{width:.0f}"/>'
        f'<text x="0" y="{y + _LANE * 0.62:.1f}">{escape(short)}</text>'
    )


def _turn(start: tuple[float, float], end: tuple[float, float]) -> str:
    (x1, y1), (x2, y2) = start, end
    return f'<path class="turn" d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}"/>'


def _mark(event: Event, x: float, y: float) -> str:
    c = event.claim
    says = "; ".join(said_words(s) for s in c.said) or "nobody named"
    turned = f"; turns {event.turn}" if event.turn else ""
    title = escape(
        f"{c.on} {event.actor} {c.direction} {c.capability or c.component} ({c.state}, {c.status}): {says}{turned}"
    )
    return shape(c, x, y, f"<title>{title}</title>")


def shape(claim: Claim, x: float, y: float, inside: str = "") -> str:
    """Return the mark of a claim: what it says is seen without colour."""
    at = f'transform="translate({x:.1f} {y:.1f})"'
    if bearing(claim) < 0 or claim.direction is Direction.DENIES:
        return f'<path class="against" {at} d="M-4 -4L4 4M-4 4L4 -4">{inside}</path>'
    if claim.direction is Direction.REQUIRES:
        return f'<path class="needs" {at} d="M-4 -4H4V4H-4Z">{inside}</path>'
    if claim.direction is Direction.CONDITIONAL:
        return f'<circle class="if" {at} r="4">{inside}</circle>'
    return f'<circle class="for" {at} r="4.5">{inside}</circle>'
