"""A catalogue of messages: keys to templates, with the plural forms and number signs of one language."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

__all__ = ["Catalogue", "Message", "Wording"]

Message = str | Mapping[str, str]  # a template, or one for each plural form


@dataclass(frozen=True, slots=True)
class Wording:
    """The words that the linter watches.

    likelihood     (from, below, word) after ICD 203; below the first and above the last no word is used
    unlisted       words of likelihood outside that table, as patterns
    confidence     words of confidence, as patterns
    finding        words that only a decision may use, as patterns
    finding_ok     phrases with such words that word no finding
    engages        pattern of a statement that a clause would be engaged
    condition      pattern that has to be in the same sentence
    """

    likelihood: tuple[tuple[float, float, str], ...]
    unlisted: tuple[str, ...]
    confidence: tuple[str, ...]
    finding: tuple[str, ...]
    finding_ok: tuple[str, ...]
    engages: str
    condition: str


@dataclass(frozen=True)
class Catalogue:
    """The messages of one language.

    language   BCP 47 tag
    plural     number → name of its plural form (CLDR: one, few, many, other)
    """

    language: str
    messages: Mapping[str, Message]
    plural: Callable[[float], str]
    wording: Wording
    group_sign: str
    decimal_sign: str

    def text(self, key: str, **values: object) -> str:
        """Return a message with its values filled in; a message with plural forms chooses by the value `n`."""
        message = self.messages[key]
        if isinstance(message, str):
            return message.format(**values)
        n = values["n"]
        form = message[self.plural(n if isinstance(n, (int, float)) else float(str(n)))]
        shown = {**values, "n": self.number(n) if isinstance(n, (int, float)) else n}
        return form.format(**shown)

    def word(self, kind: str, value: str | None) -> str:
        """Return the word for a value of a vocabulary; a source's own word is printed as it is."""
        if value is None:
            return self.text("unknown")
        message = self.messages.get(f"{kind}.{value}")
        return message if isinstance(message, str) else value.replace("_", " ")

    def number(self, value: float, digits: int = 0) -> str:
        """Return a number with its thousands grouped."""
        plain = f"{value:,.{digits}f}"
        return plain.translate({ord(","): self.group_sign, ord("."): self.decimal_sign})

    def percent(self, fraction: float | None) -> str:
        """Return a fraction in per cent; what rounds to nothing or to everything is said to be less than that."""
        if fraction is None:
            return self.text("unknown")
        if 0 < fraction < 0.01:
            return self.text("percent.below")
        if 0.99 < fraction < 1:
            return self.text("percent.above")
        return self.text("percent", value=self.number(100 * fraction))

    def likelihood(self, p: float) -> str | None:
        """Return the word for a probability; None where the table has none."""
        return next((word for low, high, word in self.wording.likelihood if low <= p < high), None)

    def join(self, words: Iterable[str]) -> str:
        """Return words as a list."""
        return self.text("list.comma").join(words)
