"""The local PostgreSQL and broker, and the supervisor that keeps every part of the hub running."""
