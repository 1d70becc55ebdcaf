"""Of an application for `python3 -m django clearsessions`; BENCH_DATABASE: its database as JSON."""
import json
import os

DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", **json.loads(os.environ["BENCH_DATABASE"])}}
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"]
SECRET_KEY = "a secret of this benchmark"
USE_TZ = True
