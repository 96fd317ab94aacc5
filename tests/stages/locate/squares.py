"""Outlines that are easy to reckon with."""

from hub.rulebook.book import Outline


def square(west: float, south: float, east: float, north: float) -> Outline:
    """A rectangle."""
    return ((((west, south), (east, south), (east, north), (west, north), (west, south)),),)
