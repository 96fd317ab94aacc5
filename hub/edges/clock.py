"""The only place that reads the wall clock. It must never be imported by a pure floor."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Now, aware, in UTC."""
    return datetime.now(UTC)  # noqa: TID251
