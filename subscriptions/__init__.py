"""People: who may be told what, and what they pay."""
