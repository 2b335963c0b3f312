"""Signals: their names and numbers, where each one goes, and how programs stop."""
