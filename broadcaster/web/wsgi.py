"""What gunicorn serves: `gunicorn broadcaster.web.wsgi:app`."""

import os

from broadcaster.bootstrap import build_house
from broadcaster.web.app import create_app

app = create_app(build_house(os.environ))
