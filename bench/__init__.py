"""Figures of the hub, as ratios in one run. A benchmark is not a timed test: nothing here fails for being slow."""
