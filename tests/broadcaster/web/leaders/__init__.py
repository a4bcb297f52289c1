"""The leader's pages, as a leader and as a stranger to the group meet them."""
