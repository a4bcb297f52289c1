"""Whole journeys, told in full over real processes."""
