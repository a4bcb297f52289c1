"""Every blueprint of the web, one for each audience."""

from flask import Blueprint

from broadcaster.web.demo import blueprint as demo
from broadcaster.web.public import blueprint as public

ALL: tuple[Blueprint, ...] = (public, demo)
