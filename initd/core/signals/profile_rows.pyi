NAMES: tuple[str, ...]
#: Numbers of rows by the first word of a command line.
BY_WORD: dict[str, tuple[int, ...]]
#: How a first word may begin, and the number of the row that may match then.
BY_START: tuple[tuple[str, int], ...]
#: Each row in marshal's format.
ROWS: tuple[bytes, ...]
