NAMES: tuple[str, ...]
#: Each row in marshal's format.
ROWS: tuple[bytes, ...]
