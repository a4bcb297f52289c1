"""One file per telco, both directions of it."""
