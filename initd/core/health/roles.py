"""What a check's answers are for, in Kubernetes' words."""

from __future__ import annotations

STARTUP, LIVENESS, READINESS = "startup", "liveness", "readiness"
ROLES = (STARTUP, LIVENESS, READINESS)
