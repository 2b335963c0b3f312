LIBRARIES: tuple[str, ...]
