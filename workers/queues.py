"""The queues' names, in the order a worker looks at them."""

REPLIES = "replies"
RECEIPTS = "receipts"
DRAIN = "drain"

ALL = (REPLIES, RECEIPTS, DRAIN)
"""What residents wait for first; a drain job only lasts seconds, so none starves."""
