"""What Alembic runs around the migrations.

`lti_tool.schema` opens the connection, takes the lock and the transaction, and hands the
connection over; there is no other way in. Migrations never import the rows' modules: what a
table looked like when a migration was written is written in the migration.
"""

from alembic import context

connection = context.config.attributes["connection"]

context.configure(connection=connection, render_as_batch=True, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
