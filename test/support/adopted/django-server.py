"""A Django application on PostgreSQL, driven by lines of JSON: {"do": ..., ...} on stdin, an answer for each on stdout."""
import json
import sys

import django
from django.conf import settings

database = json.loads(sys.argv[1])
settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", **database}},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["testserver"],
    SECRET_KEY="a secret of this test",
    USE_TZ=True,
    **json.loads(sys.argv[2]),
)
django.setup()

from django.contrib.auth import authenticate, login as log_in  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.contrib.sessions.models import Session  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.http import JsonResponse  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import path  # noqa: E402
from django.utils import timezone  # noqa: E402


def enter(request):
    user = authenticate(request, username=request.POST["name"], password=request.POST["name"])
    # what else an application keeps: long enough to be compressed
    request.session["language"] = "en " * 100
    log_in(request, user)
    return JsonResponse({})


def basket(request):
    request.session["basket"] = ["apples"]
    return JsonResponse({})


def me(request):
    return JsonResponse({"user": request.user.get_username() or None, "basket": request.session.get("basket")})


urlpatterns = [path("login", enter), path("basket", basket), path("me", me)]


def browser(key=None):
    client = Client()
    if key:
        client.cookies[settings.SESSION_COOKIE_NAME] = key
    return client


def answer(do, name=None, key=None):
    if do == "login":
        if not User.objects.filter(username=name).exists():
            User.objects.create_user(name, f"{name}@example.org", name)
        client = browser()
        client.post("/login", {"name": name})
        return client.cookies[settings.SESSION_COOKIE_NAME].value
    if do == "visit":
        client = browser()
        client.post("/basket")
        return client.cookies[settings.SESSION_COOKIE_NAME].value
    if do == "me":
        return browser(key).get("/me").json()
    if do == "expire":
        Session.objects.filter(pk=key).update(expire_date=timezone.now() - timezone.timedelta(hours=1))
    elif do == "clearsessions":
        call_command("clearsessions")
    return None


call_command("migrate", verbosity=0)
print("ready", flush=True)
for line in sys.stdin:
    print(json.dumps(answer(**json.loads(line))), flush=True)
