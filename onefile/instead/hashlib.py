"""In place of the standard library's hashlib: kazoo imports it for passwords in access lists, of
which the registrar makes none."""
