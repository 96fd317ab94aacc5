"""Rules as a civil servant writes them, and as the rooms use them. It must never decide on a report."""
