"""Says a reason in words. It must never decide anything. (Generic first version; the rooms' own sentences replace it.)"""

from typing import Literal

from hub.vocabulary.why import Why


def phrase(why: Why, language: Literal["zh", "en"]) -> str:
    """One sentence for a reason."""
    facts = ", ".join(f"{name}={value}" for name, value in why.facts.items())
    return f"{why.stage}: {why.rule} → {why.verdict}" + (f" ({facts})" if facts else "")
