"""The smallest Django project: an application with migrations and no views."""

import os
import sys

import django
from django.conf import settings

settings.configure(
    INSTALLED_APPS=["shop"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "HOST": "127.0.0.1",
            "PORT": os.environ["PG_PORT"],
            "NAME": "shop",
            "USER": "shop",
        }
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)
django.setup()

from django.core.management import execute_from_command_line  # noqa: E402

execute_from_command_line(sys.argv)
