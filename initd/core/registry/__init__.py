"""A registry of services: what is said there of the app, for how long, and who else is there."""
