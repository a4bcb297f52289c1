"""Says it, sends it, proves it, bills it."""
