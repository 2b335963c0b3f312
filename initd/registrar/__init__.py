"""The registrar: a process of its own that tells a registry of the app, and watches it."""
