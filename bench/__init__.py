"""Measurements. Each module says what it measures and how to run it; what came out stands in docs/."""
