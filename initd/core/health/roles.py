"""What a check's answers are for, in Kubernetes' words, and one more."""

from __future__ import annotations

STARTUP, LIVENESS, READINESS = "startup", "liveness", "readiness"
#: What Kubernetes leaves to init containers: the app is not started before it passes.
PRESTART = "prestart"
ROLES = (PRESTART, STARTUP, LIVENESS, READINESS)
