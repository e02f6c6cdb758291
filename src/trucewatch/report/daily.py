"""The daily report."""

from trucewatch.report import annexes, beside, network, seen, summary
from trucewatch.report.catalogue import ENGLISH, Catalogue
from trucewatch.report.config import Config
from trucewatch.report.desk import Desk
from trucewatch.report.page import banners, page
from trucewatch.report.phrases import at, clean, offset, when
from trucewatch.report.records import DailyReport

__all__ = ["SECTIONS", "render"]

SECTIONS = (
    summary.summary, summary.areas, summary.foremost, summary.harmed, seen.days, beside.side_by_side,
    seen.observations, network.network, beside.allegations, beside.inspections, seen.restrictions, seen.coverage,
    seen.corridors, annexes.issues, annexes.left_out, annexes.map_of_incidents, annexes.all_incidents,
    annexes.sources, annexes.log, annexes.words,
)  # fmt: skip


def render(day: DailyReport, catalogue: Catalogue = ENGLISH, config: Config | None = None) -> bytes:
    """Return the daily report as one self-contained HTML page; equal records give equal bytes."""
    c, desk = catalogue, Desk(day, catalogue, config or Config())
    sections = tuple(s for s in (make(desk) for make in SECTIONS) if s is not None)
    period = when(*day.period_ns, desk.zone, c)
    name = clean(day.agreement.title)
    footer = c.text("footer", audience=c.word("marking", day.audience), agreement=name, when=period)
    title = c.text("daily.title", agreement=name, when=period)
    return page("daily", title, _facts(desk), banners(day.agreement, day.synthetic, c), sections, footer, c)


def _facts(desk: Desk) -> tuple[tuple[str, str], ...]:
    c, day, zone = desk.catalogue, desk.day, desk.zone
    local = offset(day.cut_off_ns, zone)
    zone_text = c.text("masthead.zone.utc" if zone == "UTC" else "masthead.zone.text", zone=zone, offset=local)
    force = c.join(w for w in (c.word("force", day.agreement.force), clean(day.agreement.force_reason)) if w)
    facts = {
        "period": when(*day.period_ns, zone, c),
        "previous": when(*day.previous_period_ns, zone, c) if day.previous_period_ns else "",
        "cut_off": at(day.cut_off_ns, zone, c),
        "zone": zone_text,
        "audience": c.word("marking", day.audience),
        "force": force,
        "made_by": c.text("masthead.made_by.text", program=day.versions.program, schema=day.versions.schema),
    }
    return tuple((c.text(f"masthead.{k}"), v) for k, v in facts.items() if v)
