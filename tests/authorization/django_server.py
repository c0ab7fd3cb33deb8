"""An authorization server for the tests: django-oauth-toolkit, below a path of its host.

Usage: python tests/authorization/django_server.py DIRECTORY

It prints its issuer once it listens. Its database goes to the directory.
"""

from __future__ import annotations

import sys
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

USER, PASSWORD = "alice", "correct horse"
CLIENT_SECRET = "the: client%secret"
SCOPES = {"mail.read": "Read your mail", "mail.send": "Send mail for you"}
LOGIN = """<!DOCTYPE html>
<html lang="en"><title>Sign in</title><h1>Sign in</h1>
<form method="post">{% csrf_token %}{{ form.as_p }}<button>Sign in</button></form></html>"""
DJANGO_APPS = ("auth", "contenttypes", "sessions")

OPTIONS = {
    "ACCESS_TOKEN_EXPIRE_SECONDS": 3600,
    "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
    "DEVICE_FLOW_INTERVAL": 1,
    "PKCE_REQUIRED": True,
    "REFRESH_TOKEN_EXPIRE_SECONDS": 86400,
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    "ROTATE_REFRESH_TOKEN": True,
    "SCOPES": SCOPES,
}


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Handler(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


def configure(directory: Path, port: int) -> None:
    """Set Django up with a database of its own."""
    verification = f"http://127.0.0.1:{port}/accounts/o/device/"
    settings.configure(
        ALLOWED_HOSTS=["127.0.0.1"],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": directory / "db.sqlite3",
                "OPTIONS": {"timeout": 30, "transaction_mode": "IMMEDIATE"},
            }
        },
        INSTALLED_APPS=[f"django.contrib.{app}" for app in DJANGO_APPS] + ["oauth2_provider"],
        # The tables are made as they are now, not by every step that led there.
        MIGRATION_MODULES=dict.fromkeys([*DJANGO_APPS, "oauth2_provider"]),
        LOGIN_URL="/login",
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
        OAUTH2_PROVIDER={**OPTIONS, "OAUTH_DEVICE_VERIFICATION_URI": verification},
        # Slow hashes protect nobody here.
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        ROOT_URLCONF=__name__,
        SECRET_KEY="for the tests only",
        STATIC_URL="static/",
        TEMPLATES=[
            {
                "APP_DIRS": True,
                "BACKEND": "django.template.backends.django.DjangoTemplates",
            }
        ],
        USE_TZ=True,
    )
    django.setup()


def fill() -> None:
    """Make the tables, a person and the clients."""
    from django.contrib.auth import get_user_model
    from oauth2_provider.models import Application

    call_command("migrate", run_syncdb=True, verbosity=0)
    get_user_model().objects.create_user(USER, password=PASSWORD)
    codes = {
        "authorization_grant_type": Application.GRANT_AUTHORIZATION_CODE,
        "redirect_uris": "http://127.0.0.1/callback",
    }
    Application.objects.create(
        client_id="public", client_type=Application.CLIENT_PUBLIC, name="Notebooks", **codes
    )
    Application.objects.create(
        client_id="confidential",
        client_secret=CLIENT_SECRET,
        client_type=Application.CLIENT_CONFIDENTIAL,
        name="Notebooks",
        **codes,
    )
    # One client has one grant type there.
    Application.objects.create(
        client_id="device",
        client_type=Application.CLIENT_PUBLIC,
        name="Notebooks",
        authorization_grant_type=Application.GRANT_DEVICE_CODE,
    )


def make_urls() -> list[object]:
    """Return what is served: a login, the toolkit below a path, and what a token is good for."""
    from django.contrib.auth.views import LoginView
    from django.http import HttpRequest, HttpResponse, JsonResponse
    from django.template import engines
    from django.urls import include, path
    from oauth2_provider.decorators import protected_resource

    class Login(LoginView):
        def render_to_response(self, context: object, **_: object) -> HttpResponse:
            return HttpResponse(engines["django"].from_string(LOGIN).render(context, self.request))

    @protected_resource(scopes=["mail.read"])
    def whoami(request: HttpRequest) -> JsonResponse:
        return JsonResponse({"sub": request.resource_owner.username})

    def api(request: HttpRequest) -> HttpResponse:
        answer = whoami(request)
        if answer.status_code == 403:
            # The toolkit says so of a token that it does not know.
            return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
        return answer

    return [
        path("accounts/o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
        path("login", Login.as_view()),
        path("whoami", api),
    ]


def main(directory: Path) -> None:
    with make_server("127.0.0.1", 0, None, Server, Handler) as server:
        configure(directory, server.server_port)
        fill()
        globals()["urlpatterns"] = make_urls()
        server.set_app(get_wsgi_application())
        sys.stdout.write(f"http://127.0.0.1:{server.server_port}/accounts/o\n")
        sys.stdout.flush()
        server.serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
