from typing import Any

TABLE: tuple[dict[str, Any], ...]
