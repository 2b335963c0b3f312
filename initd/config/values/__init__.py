"""Readers of single values: text in, a value or a clear mistake out."""
