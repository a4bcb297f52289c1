"""The operator's blueprint."""

from flask import Blueprint

from broadcaster.web.guards import no_store

blueprint = Blueprint("operator", __name__, url_prefix="/operator")
no_store(blueprint)
