"""Processes are killed while messages flow; afterwards the totals must agree."""
