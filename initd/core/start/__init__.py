"""How the app's process is started, and what a failed start means."""
