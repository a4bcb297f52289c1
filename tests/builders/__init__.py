"""Rows for tests, built in the trade's words."""
