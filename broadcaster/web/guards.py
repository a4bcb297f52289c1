"""Who may open which page: every view says it, or the application does not start."""

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

from flask import Blueprint, Flask, abort, current_app, g, redirect, request, session
from flask import url_for as flask_url_for
from werkzeug.wrappers import Response

from broadcaster.bootstrap import House
from broadcaster.rules.permissions import Act, may
from broadcaster.services.accounts import Actor, find_actor

P = ParamSpec("P")
R = TypeVar("R")

PUBLIC = "public"


def the_house() -> House:
    """Return the parts this application was built from."""
    return cast("House", current_app.extensions["loa"])


def the_actor() -> Actor:
    """Return who is signed in; only for views guarded by `needs`."""
    return cast("Actor", g.actor)


def find_signed_in() -> Actor | None:
    """Return who is signed in, or None."""
    if "actor" not in g:
        g.actor = _read_session()
    return cast("Actor | None", g.actor)


def needs(act: Act) -> Callable[[Callable[P, R]], Callable[P, R | Response]]:
    """Let a view run only for accounts whose role covers the act."""

    def guard(view: Callable[P, R]) -> Callable[P, R | Response]:
        @functools.wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R | Response:
            actor = find_signed_in()
            if actor is None:
                # what is only posted to cannot be gone back to
                back = request.path if request.method == "GET" else None
                return redirect(flask_url_for("public.sign_in", next=back))
            if not may(actor.role, act):
                abort(403)
            return view(*args, **kwargs)

        guarded.__dict__["guard"] = act
        return guarded

    return guard


def guarded_by(word: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Mark a view that guards itself: `public`, `signature`, `bearer` or the like."""

    def mark(view: Callable[P, R]) -> Callable[P, R]:
        view.__dict__["guard"] = word
        return view

    return mark


def unguarded(app: Flask) -> list[str]:
    """Return the endpoints that say nothing of who may open them."""
    return sorted(
        endpoint
        for endpoint, view in app.view_functions.items()
        if endpoint != "static" and not hasattr(view, "guard")
    )


def no_store(blueprint: Blueprint) -> None:
    """Keep a blueprint's pages out of every cache: they show personal data."""

    @blueprint.after_request
    def forbid_caching(response: Any) -> Any:
        response.headers["Cache-Control"] = "no-store"
        return response


def _read_session() -> Actor | None:
    account_id, epoch = session.get("account_id"), session.get("epoch")
    if not isinstance(account_id, int) or not isinstance(epoch, int):
        return None
    with the_house().database.reading() as database_session:
        return find_actor(database_session, account_id, epoch=epoch)
