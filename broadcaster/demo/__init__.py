"""The demo: the whole product on one machine, with invented people."""
