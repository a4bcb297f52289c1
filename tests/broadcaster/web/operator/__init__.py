"""The operator's pages, gateway by gateway."""
