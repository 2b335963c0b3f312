"""Thresholds and schedules of the checks, on a clock that is passed in."""
