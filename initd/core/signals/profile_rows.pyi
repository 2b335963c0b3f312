#: In the order of the rows, a line for each; begins with an empty one.
NAMES: str
#: Each row in marshal's format.
ROWS: tuple[bytes, ...]
