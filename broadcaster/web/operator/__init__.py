"""The operator's pages: how sending stands, wards, budgets, accounts, prices."""

from broadcaster.web.operator import budgets, health, onboarding
from broadcaster.web.operator.site import blueprint

__all__ = ["blueprint", "budgets", "health", "onboarding"]
