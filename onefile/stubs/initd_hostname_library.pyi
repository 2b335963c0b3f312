LIBRARY: bytes
