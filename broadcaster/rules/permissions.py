"""Who may do what: one table of roles and acts."""

import enum


class Role(enum.StrEnum):
    """What a person is in the service."""

    OFFICER = "officer"
    APPROVER = "approver"
    LEADER = "leader"
    ACCOUNTANT = "accountant"
    OPERATOR = "operator"
    AUDITOR = "auditor"


class Act(enum.StrEnum):
    """What a page or a call does, seen by whoever guards it."""

    SEE_ANNOUNCEMENTS = "see_announcements"
    WRITE_ANNOUNCEMENTS = "write_announcements"
    APPROVE_ANNOUNCEMENTS = "approve_announcements"
    STOP_ANNOUNCEMENTS = "stop_announcements"
    SEE_REGISTER = "see_register"
    EDIT_REGISTER = "edit_register"
    COLLECT = "collect"
    SEE_LEDGER = "see_ledger"
    KEEP_LEDGER = "keep_ledger"
    APPROVE_EXEMPTIONS = "approve_exemptions"
    SEE_JOURNAL = "see_journal"
    SET_CHANNELS = "set_channels"
    OPERATE = "operate"


_A = Act
ALLOWED: dict[Role, frozenset[Act]] = {
    Role.OFFICER: frozenset(
        {
            _A.SEE_ANNOUNCEMENTS,
            _A.WRITE_ANNOUNCEMENTS,
            _A.STOP_ANNOUNCEMENTS,
            _A.SEE_REGISTER,
            _A.SEE_JOURNAL,
        }
    ),
    Role.APPROVER: frozenset(
        {
            _A.SEE_ANNOUNCEMENTS,
            _A.APPROVE_ANNOUNCEMENTS,
            _A.STOP_ANNOUNCEMENTS,
            _A.SET_CHANNELS,
            _A.APPROVE_EXEMPTIONS,
            _A.SEE_REGISTER,
            _A.SEE_LEDGER,
            _A.SEE_JOURNAL,
        }
    ),
    Role.LEADER: frozenset({_A.SEE_REGISTER, _A.EDIT_REGISTER, _A.COLLECT}),
    Role.ACCOUNTANT: frozenset({_A.SEE_LEDGER, _A.KEEP_LEDGER, _A.SEE_JOURNAL}),
    Role.OPERATOR: frozenset({_A.OPERATE}),
    Role.AUDITOR: frozenset(
        {_A.SEE_ANNOUNCEMENTS, _A.SEE_REGISTER, _A.SEE_LEDGER, _A.SEE_JOURNAL}
    ),
}


def may(role: Role, act: Act) -> bool:
    """Tell whether a role covers an act."""
    return act in ALLOWED[role]
