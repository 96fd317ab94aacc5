"""PostgreSQL through asyncpg: run a named statement, build a value. Statements live in `queries/*.sql`."""
