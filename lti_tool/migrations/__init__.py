"""Alembic migrations: `env.py` and the numbered versions. `lti_tool.schema` runs them."""
