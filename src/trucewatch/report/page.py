"""Fill the page templates: sections in, one self-contained HTML file out."""

from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined

from trucewatch.core.agreement import Agreement, Force
from trucewatch.report.catalogue import Catalogue
from trucewatch.report.view import Figure, Section

__all__ = ["banners", "page"]


@cache
def _environment() -> Environment:
    loader = PackageLoader("trucewatch.report", "templates")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


@cache
def _style() -> str:
    return (files("trucewatch.report") / "templates" / "page.css").read_text(encoding="utf-8")


def banners(agreement: Agreement, synthetic: bool, catalogue: Catalogue) -> tuple[tuple[str, str], ...]:
    """Return what every page has to say above all, each word with its reason."""
    keys = []
    if agreement.hypothetical:
        keys.append("hypothetical")
    if agreement.force is Force.INVENTED:
        keys.append("invented")
    if synthetic:
        keys.append("synthetic")
    return tuple((catalogue.text(f"banner.{k}"), catalogue.text(f"banner.{k}.why")) for k in keys)


def page(
    kind: str, title: str, facts: tuple[tuple[str, str], ...], warnings: tuple[tuple[str, str], ...],
    sections: tuple[Section, ...], footer: str, catalogue: Catalogue,
) -> bytes:  # fmt: skip
    """Return an HTML page that needs nothing from outside.

    kind      daily or flash
    facts     (name, value) pairs under the title
    warnings  banners
    """
    template = _environment().get_template("page.html")
    text = template.render(
        kind=kind, title=title, facts=facts, warnings=warnings, sections=sections, footer=footer,
        t=catalogue.text, language=catalogue.language, style=_style(), is_figure=lambda part: isinstance(part, Figure),
    )  # fmt: skip
    return text.encode()
