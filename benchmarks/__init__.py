"""Measurements, never tests: `make bench` prints them beside peers, as medians and ratios from one run."""
