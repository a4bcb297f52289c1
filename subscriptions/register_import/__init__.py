"""A leader's list: read, looked at, and taken into the register as one change."""

from subscriptions.register_import.applying import (
    Imported,
    ImportOrder,
    apply_import,
)
from subscriptions.register_import.files import MAX_BYTES
from subscriptions.register_import.grid import Cell, CellError
from subscriptions.register_import.originals import (
    Finding,
    Original,
    OriginalRow,
    read_original,
)
from subscriptions.register_import.planning import plan_import
from subscriptions.register_import.plans import (
    HeldPhone,
    HouseholdPlan,
    ImportPlan,
    PersonPlan,
)
from subscriptions.register_import.reading import read_register
from subscriptions.register_import.values import (
    Duplicate,
    Fault,
    ListedHousehold,
    ListedPhone,
    ListedResident,
    Reading,
    Remark,
    Repair,
)

__all__ = [
    "MAX_BYTES",
    "Cell",
    "CellError",
    "Duplicate",
    "Fault",
    "Finding",
    "HeldPhone",
    "HouseholdPlan",
    "ImportOrder",
    "ImportPlan",
    "Imported",
    "ListedHousehold",
    "ListedPhone",
    "ListedResident",
    "Original",
    "OriginalRow",
    "PersonPlan",
    "Reading",
    "Remark",
    "Repair",
    "apply_import",
    "plan_import",
    "read_original",
    "read_register",
]
