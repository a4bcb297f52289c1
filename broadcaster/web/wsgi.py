"""What gunicorn serves: `gunicorn broadcaster.web.wsgi:app`."""

import os

from broadcaster.bootstrap import build_house
from broadcaster.logs import configure_logs, keep_requests_out
from broadcaster.web.app import create_app

configure_logs()
keep_requests_out()
app = create_app(build_house(os.environ))
