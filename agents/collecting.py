"""Keeps the garbage collector away from what lives as long as the worker. It must never turn it off."""

import gc


def spare_the_collector() -> None:
    """A batch makes tens of thousands of objects that die with it and hold no rings: look for rings seldom, and never
    among the rulebook and the modules."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
