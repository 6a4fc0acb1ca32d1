"""Rate limits: one limiter per quota, shared by every client of the process."""

from .limiter import Grant, Limiter, QuotaClosed, QuotaLimiter
from .registry import Limits, ProcessLimits
from .window import MARGIN, Feedback, Priority, QuotaWindow

__all__ = [
    "MARGIN",
    "Feedback",
    "Grant",
    "Limiter",
    "Limits",
    "Priority",
    "ProcessLimits",
    "QuotaClosed",
    "QuotaLimiter",
    "QuotaWindow",
]
