"""The house keeps its own rules: rooms, sizes, locks, secrets."""
