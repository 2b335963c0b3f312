"""Checks: what is probed, when, and what the answers add up to."""
