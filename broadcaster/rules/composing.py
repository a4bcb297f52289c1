"""Fill a notice's `{ten}`: a missing variable is an error, never a blank.

A blank in one of 8,000 texts ("Moi ong/ba  den...") is seen by residents before it is
seen by us, so everything that could leave one is refused before anything is sent.
"""

from collections.abc import Mapping
from string import Formatter
from typing import ClassVar

from broadcaster.errors import BroadcasterError


class CompositionError(BroadcasterError):
    """A template cannot be filled; `variable` names what is at fault, if one is."""

    code: ClassVar[str] = "composition"

    def __init__(self, variable: str) -> None:
        super().__init__(f"{self.code}: {variable}")
        self.variable = variable


class MissingVariableError(CompositionError):
    """The template asks for a variable that has no value, or a blank one."""

    code: ClassVar[str] = "missing_variable"


class UnknownVariableError(CompositionError):
    """A value was given for a variable that the template does not have."""

    code: ClassVar[str] = "unknown_variable"


class BrokenTemplateError(CompositionError):
    """A brace stands alone, or holds what is not a plain variable name."""

    code: ClassVar[str] = "broken_template"


def variables(template: str) -> tuple[str, ...]:
    """List the distinct variables of `template` in their order of appearance.

    Raises BrokenTemplateError.
    """
    names = (name for _, name in _pieces(template) if name is not None)
    return tuple(dict.fromkeys(names))


def fill(template: str, values: Mapping[str, str]) -> str:
    """Put `values` in the places of their names; `{{` and `}}` stand for braces.

    Values are taken as they are: braces in them are only characters. Raises
    MissingVariableError, UnknownVariableError, BrokenTemplateError.
    """
    wanted = variables(template)
    for name in wanted:
        if not values.get(name, "").strip():
            raise MissingVariableError(name)
    for name in values:
        if name not in wanted:
            raise UnknownVariableError(name)
    return "".join(
        text + (values[name] if name is not None else "")
        for text, name in _pieces(template)
    )


def _pieces(template: str) -> list[tuple[str, str | None]]:
    """Cut a template into (text, name of the variable after it or None)."""
    try:
        parsed = list(Formatter().parse(template))
    except ValueError as err:
        raise BrokenTemplateError(str(err)) from err
    for _, name, spec, conversion in parsed:
        if name is not None and (spec or conversion or not name.isidentifier()):
            raise BrokenTemplateError(name)
    return [(text, name) for text, name, _, _ in parsed]
