# SPDX-License-Identifier: MIT
"""Eve itself on a settings file as JSON, as the peer of rest. EVE_SETTINGS names the file, MONGO_URI the
database."""
import json
import os

from eve import Eve
from eve.auth import BasicAuth


def load():
    with open(os.environ["EVE_SETTINGS"], encoding="utf-8") as file:
        settings = json.load(file)
    for resource in settings["DOMAIN"].values():
        datasource = resource.get("datasource", {})
        if "default_sort" in datasource:
            datasource["default_sort"] = [tuple(key) for key in datasource["default_sort"]]
    for name in [name for name in settings if name.startswith("RATE_LIMIT_")]:
        settings[name] = tuple(settings[name])
    settings["MONGO_URI"] = os.environ["MONGO_URI"]
    return settings


def auth_of(users):
    class Auth(BasicAuth):
        def check_auth(self, username, password, allowed_roles, resource, method):
            if username and resource and self.is_owned(resource):
                self.set_request_auth_value(username)
            return password == users.get(username, users.get("*"))

        @staticmethod
        def is_owned(resource):
            return app.config["DOMAIN"].get(resource, {}).get("auth_field")

    return Auth


SETTINGS = load()
AUTH = SETTINGS.pop("AUTH", None)
app = Eve(settings=SETTINGS, auth=auth_of(AUTH["users"]) if AUTH else None)
