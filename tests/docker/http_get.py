"""What a container answers on one of its ports, asked from outside."""

from __future__ import annotations

import http.client

from .waiting import eventually

#: Of init's own server, where the tests put it.
PORT = 9180


def get(address: str, path: str, port: int = PORT) -> tuple[int, str]:
    """The status and the body; 0 and the reason where nobody answers."""
    connection = http.client.HTTPConnection(address, port, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except OSError as error:
        return 0, str(error)
    finally:
        connection.close()


def wait_for_get(address: str, path: str, status: int, port: int = PORT) -> str:
    """The body, once the answer has that status."""
    eventually(lambda: get(address, path, port)[0] == status, what=f"{path} answers {status}")
    return get(address, path, port)[1]
