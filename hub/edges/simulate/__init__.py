"""A simulated day of Yuncheng (运城市) and its truth. It must never pass for real: places and people are invented."""
