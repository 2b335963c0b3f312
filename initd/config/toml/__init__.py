"""initd.toml: read, checked against the model, compiled."""
