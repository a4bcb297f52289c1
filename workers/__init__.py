"""The processes that move rows."""
