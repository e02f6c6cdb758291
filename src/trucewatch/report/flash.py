"""The flash note: one incident on one page."""

from collections.abc import Iterable

from trucewatch.core.records import Casualties, Incident, SourceRef
from trucewatch.report.catalogue import ENGLISH, Catalogue
from trucewatch.report.config import Config
from trucewatch.report.map import incident_map
from trucewatch.report.page import banners, page
from trucewatch.report.phrases import at, clean, harm, probability, radius, what, when
from trucewatch.report.proposals import proposal_cells, proposal_heads
from trucewatch.report.records import FlashNote
from trucewatch.report.view import Cell, Head, Section, TableView

__all__ = ["render"]

_MAP = Config(map_least_km=60.0, map_width_px=920)
_ROWS = 8  # of sources and of verdicts: the note stays on one page


def render(incident: Incident, note: FlashNote, catalogue: Catalogue = ENGLISH) -> bytes:
    """Return the flash note of an incident as one self-contained HTML page."""
    c, zone = catalogue, note.agreement.time_zone
    where = clean(note.describe or note.area or c.text("unknown"))
    title = c.text("flash.title", what=what(incident, c), where=where)
    sections = (
        Section("facts", c.text("flash.facts"), parts=(_facts(incident, note, c),)),
        Section("clauses", c.text("flash.verdicts"), *_verdicts(note, c)),
        Section("unknown", c.text("flash.unknown"), (_unknown(incident, note, c),)),
        Section("sources", c.text("flash.sources"), (), (_sources(incident, note, c),)),
        *_map(incident, note, c),
        Section("check", c.text("flash.check"), (c.text("flash.check.text", id=incident.incident_id),)),
    )
    audience = c.word("marking", note.audience)
    footer = c.text(
        "footer", audience=audience, agreement=clean(note.agreement.title), when=at(note.issued_ns, zone, c)
    )
    warnings = banners(note.agreement, note.synthetic, c)
    return page("flash", title, _masthead(incident, note, c), warnings, sections, footer, c)


def _masthead(incident: Incident, note: FlashNote, c: Catalogue) -> tuple[tuple[str, str], ...]:
    version = str(incident.version)
    if incident.supersedes is not None:
        version = c.text("flash.supersedes", version=version, before=incident.supersedes)
    return (
        (c.text("flash.issued"), at(note.issued_ns, note.agreement.time_zone, c)),
        (c.text("incidents.id"), incident.incident_id),
        (c.text("flash.version"), version),
        (c.text("masthead.audience"), c.word("marking", note.audience)),
        (c.text("masthead.agreement"), clean(note.agreement.title)),
    )


def _facts(incident: Incident, note: FlashNote, c: Catalogue) -> TableView:
    place = [p for p in (note.describe, radius(incident.place, c), note.area) if p]
    rows = (
        (c.text("incidents.what"), what(incident, c)),
        (c.text("incidents.when"), when(incident.t_start_ns, incident.t_end_ns, note.agreement.time_zone, c)),
        (c.text("incidents.where"), clean(c.text("list.semicolon").join(place)) or c.text("unknown")),
        (c.text("incidents.real"), probability(incident.p_real, c)),
        (c.text("incidents.harm"), harm(incident.casualties, c)),
        (c.text("harm.damage"), clean(incident.damage) if incident.damage else c.text("not_stated")),
        (c.text("incidents.status"), c.word("status", incident.status)),
    )
    heads = (Head(c.text("summary.what")), Head(c.text("annex.log.value"), long=True))
    return TableView(c.text("flash.facts"), heads, rows, _basis("mixed", note, c), kind="about")


def _basis(unit: str, note: FlashNote, c: Catalogue) -> str:
    means = c.join(c.word("means", m) for m in note.means) or c.text("unknown")
    seen = c.text("basis.coverage.unknown")
    if note.seen is not None:
        seen = c.text("basis.coverage", percent=c.percent(note.seen))
    return c.text("basis", unit=c.text(f"basis.unit.{unit}"), means=means, coverage=seen)


def _verdicts(note: FlashNote, c: Catalogue) -> tuple[tuple[str, ...], tuple[TableView, ...]]:
    if not note.verdicts:
        return (c.text("flash.verdicts.none"),), ()
    rows = tuple(proposal_cells(v, note.agreement, c) for v in note.verdicts[:_ROWS])
    notes = (c.text("verdicts.note"),)
    table = TableView(c.text("verdicts.caption"), proposal_heads(c), rows, _basis("verdict", note, c), notes)
    return (), (table,)


def _unknown(incident: Incident, note: FlashNote, c: Catalogue) -> str:
    missing = {
        "who": True,  # nothing here attributes: that is a human decision, made elsewhere
        "class": incident.cls is None,
        "place": incident.place.kind is None,
        "harm": incident.casualties == Casualties(),
        "single": incident.independent_groups < 2,
        "coverage": note.seen is None,
    }
    told = (c.text(f"flash.unknown.{k}") for k, is_missing in missing.items() if is_missing)
    return c.text("flash.unknown.text", what=c.text("list.semicolon").join(told))


def _sources(incident: Incident, note: FlashNote, c: Catalogue) -> TableView:
    labels = ("observations.source", "flash.group", "flash.row", "flash.key", "flash.link", "annex.sources.sha256")
    heads = tuple(Head(c.text(k), k in ("flash.row", "flash.link")) for k in labels)
    rows = tuple(_source(s, c) for s in incident.sources[:_ROWS])
    notes = [c.text("flash.sources.note")]
    if len(incident.sources) > _ROWS:
        notes.append(c.text("incidents.shown", shown=_ROWS, all=len(incident.sources)))
    return TableView(c.text("flash.sources"), heads, rows, _basis("observation", note, c), tuple(notes))


def _source(source: SourceRef, c: Catalogue) -> tuple[str | Cell, ...]:
    digest = Cell(source.file_sha256[:16] + "…", mono=True)
    return (clean(source.source), clean(source.group), c.number(source.row),
            clean(source.native_key or c.text("dash")), c.percent(source.p_link), digest)  # fmt: skip


def _map(incident: Incident, note: FlashNote, c: Catalogue) -> Iterable[Section]:
    zone = note.agreement.time_zone
    if incident.place.summary_lon_deg is None:
        return
    figure = incident_map((incident,), note.agreement, note.layers, None, zone, c, _MAP, near=True)
    if figure is not None:
        yield Section("map", c.text("flash.map"), parts=(figure,))
