"""Health over HTTP: only reads, bounded in everything."""
