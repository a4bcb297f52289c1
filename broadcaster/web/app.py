"""Builds the web application out of the house's parts."""

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any
from wsgiref.types import WSGIApplication

from flask import Flask, render_template, request, url_for
from flask_compress import Compress
from flask_wtf.csrf import CSRFError, CSRFProtect
from jinja2 import FileSystemLoader, StrictUndefined
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter

from broadcaster.bootstrap import House
from broadcaster.errors import NotAllowedError, NotFoundError
from broadcaster.rules.permissions import ALLOWED
from broadcaster.services.receipt_intake import ReceiptIntake
from broadcaster.web import formats, guards, wording
from broadcaster.web.blueprints import ALL
from broadcaster.web.callback_door import CallbackDoor
from broadcaster.web.headers import add_security_headers
from broadcaster.web.qr import qr_svg
from subscriptions.errors import NotInRegisterError
from templates import PAGES

MAX_UPLOAD_BYTES = 10 * 1024 * 1024
DRAIN_BYTES = 64 * 1024 * 1024
STATIC_MAX_AGE = timedelta(days=365)


class _Key(IntegerConverter):
    """A number that a database key can hold; a longer one is no page of ours."""

    regex = r"\d{1,18}"


def create_app(house: House) -> Flask:
    """Return the application. Raises RuntimeError when a page is left unguarded."""
    app = Flask("broadcaster.web", static_url_path="/static")
    app.config.update(
        SECRET_KEY=house.settings.secret_key,
        MAX_CONTENT_LENGTH=MAX_UPLOAD_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_UPLOAD_BYTES,
        SESSION_COOKIE_NAME="loa",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=house.settings.public_url.startswith("https://"),
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
        SEND_FILE_MAX_AGE_DEFAULT=STATIC_MAX_AGE,
        WTF_CSRF_TIME_LIMIT=None,
        COMPRESS_MIN_SIZE=500,
    )
    app.extensions["loa"] = house
    app.url_map.converters["int"] = _Key
    _prepare_pages(app, house)
    CSRFProtect(app)
    Compress(app)
    for blueprint in ALL:
        if blueprint.name != "demo" or house.settings.demo:
            app.register_blueprint(blueprint)
    _handle_errors(app)
    app.after_request(add_security_headers)
    left = guards.unguarded(app)
    if left:
        raise RuntimeError(f"no guard on {', '.join(left)}")
    app.wsgi_app = _doors(app.wsgi_app, house)  # type: ignore[method-assign]  # Flask says so
    return app


def _doors(app: WSGIApplication, house: House) -> CallbackDoor:
    """Put in front of the application what comes before it."""
    if not house.settings.demo:
        app = ProxyFix(app)
    return CallbackDoor(app, house, intake=ReceiptIntake(house.database))


def _prepare_pages(app: Flask, house: House) -> None:
    app.jinja_loader = FileSystemLoader(PAGES)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(formats.FILTERS)
    app.jinja_env.filters.update(say=wording.say, qr_svg=qr_svg)
    static = Path(app.static_folder or "")
    versions: dict[str, str] = {}

    def asset(name: str) -> str:
        if name not in versions:
            digest = hashlib.sha256((static / name).read_bytes()).hexdigest()
            versions[name] = digest[:12]
        return url_for("static", filename=name, v=versions[name])

    @app.context_processor
    def offer() -> dict[str, Any]:
        actor = guards.find_signed_in()
        return {
            "asset": asset,
            "actor": actor,
            "acts": ALLOWED[actor.role] if actor else frozenset(),
            "endpoints": app.view_functions,
            "demo": house.settings.demo,
            "wall_url": house.settings.wall_url,
        }


def _handle_errors(app: Flask) -> None:
    @app.errorhandler(HTTPException)
    def explain(error: HTTPException) -> tuple[str, int]:
        code = error.code or 500
        if isinstance(error, RequestEntityTooLarge):
            _drain()
        return render_template("public/error.html", code=code), code

    @app.errorhandler(CSRFError)
    def explain_stale_form(error: CSRFError) -> tuple[str, int]:
        written = request.form.get("body", "")
        page = render_template("public/error.html", code="stale_form", written=written)
        return page, 400

    @app.errorhandler(NotFoundError)
    @app.errorhandler(NotInRegisterError)
    def not_found(error: Exception) -> tuple[str, int]:
        return render_template("public/error.html", code=404), 404

    @app.errorhandler(NotAllowedError)
    def not_allowed(error: NotAllowedError) -> tuple[str, int]:
        return render_template("public/error.html", code=403), 403

    @app.errorhandler(Exception)
    def unforeseen(error: Exception) -> tuple[str, int]:
        app.logger.error("request_failed", exc_info=error)
        return render_template("public/error.html", code=500), 500


def _drain() -> None:
    """Read what is still coming: a browser that cannot finish shows no answer."""
    stream, left = request.environ["wsgi.input"], DRAIN_BYTES
    while left > 0 and (chunk := stream.read(min(left, 1 << 20))):
        left -= len(chunk)
