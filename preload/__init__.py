"""The library that is preloaded into the app: its source, its build, its binding for tests."""
