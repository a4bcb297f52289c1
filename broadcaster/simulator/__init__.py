"""The outside world of the demo and the tests: a telco and its handsets."""
