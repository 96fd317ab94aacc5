"""Reads calendar.yaml: office hours, holidays and make-up days. It must never read a file."""

from datetime import date, time

from hub.rulebook.book import Calendar
from hub.rulebook.read_city import zone
from hub.rulebook.yaml_nodes import Item, did_you_mean

_BASES = ("china", "weekdays")


def read_calendar(root: Item) -> Calendar:
    """The calendar; wrong parts are noted as errors and left out."""
    fields = root.fields(("timezone", "base", "hours", "holidays", "workdays"), ("timezone", "base", "hours"))
    holidays, workdays = (_dates(fields.get(part)) for part in ("holidays", "workdays"))
    if holidays & workdays:
        fields["workdays"].error(f"{min(holidays & workdays)} is both a holiday and a workday")
    return Calendar(
        timezone=zone(fields.get("timezone")),
        hours=_hours(fields.get("hours")),
        holidays=holidays,
        workdays=workdays,
        base=_base(fields.get("base")),
    )


def _base(item: Item | None) -> str:
    value = item.text() if item is not None else ""
    if item is not None and value and value not in _BASES:
        item.error(f"`{value}` is none of {', '.join(_BASES)}{did_you_mean(value, _BASES)}")
    return value if value in _BASES else "weekdays"


def _hours(item: Item | None) -> tuple[tuple[time, time], ...]:
    found: list[tuple[time, time]] = []
    for entry in item.items() if item is not None else []:
        span = entry.text()
        start_text, _, end_text = span.partition("-")
        try:
            start, end = time.fromisoformat(start_text.strip()), time.fromisoformat(end_text.strip())
        except ValueError:
            entry.error(f"`{span}` is no span of office hours, such as 08:00-12:00")
            continue
        if start >= end:
            entry.error("office hours must end after they start")
        elif found and start < found[-1][1]:
            entry.error("office hours must follow one another without overlap")
        else:
            found.append((start, end))
    if item is not None and not found:
        item.error("at least one span of office hours is needed, such as 08:00-12:00")
    return tuple(found)


def _dates(item: Item | None) -> frozenset[date]:
    found = set()
    for entry in item.items() if item is not None else []:
        text = entry.text()
        try:
            day = date.fromisoformat(text)
        except ValueError:
            entry.error(f"`{text}` is no date, such as 2026-10-01")
            continue
        if day in found:
            entry.error(f"{text} is given twice")
        found.add(day)
    return frozenset(found)
