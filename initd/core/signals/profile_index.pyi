#: A line for each first word of a command line: the word, a tab, numbers of rows. Begins with an
#: empty line, and ends with a line's end.
WORDS: str
#: How a first word may begin, and the number of the row that may match then.
STARTS: tuple[tuple[str, int], ...]
#: The same of how it may end.
ENDS: tuple[tuple[str, int], ...]
