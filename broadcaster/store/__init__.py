"""The database: tables, sessions, bulk statements, migrations."""
