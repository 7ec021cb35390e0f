"""Where the routes of the API are."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path, re_path
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.operation import Operation

from sameboat.api import (
    assistances,
    books,
    cases,
    claims,
    data_desk,
    decisions,
    demo,
    desk,
    errors,
    evidence,
    finance,
    members,
    people,
    periods,
    plans,
    record,
    rights,
    rulebooks,
    sign_in,
    staff,
    tokens,
    uploads,
    webhooks,
)
from sameboat.api.auth import Bearer, verb_of
from sameboat.identity.scopes import Area

PROBLEM_TYPE = "application/problem+json"


class Api(NinjaAPI):
    """The API with its description: scopes, and problems under their own media type."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._areas: dict[str, Area | None] = {}

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """`claims_draft`: the group and the verb, as the modules here have them."""
        view = operation.view_func
        name = f"{view.__module__.rpartition('.')[2]}_{view.__name__.rstrip('_')}"
        # ninja tells nobody else which operation is which.
        self._areas[name] = next(
            (auth.area for auth in operation.auth_callbacks if isinstance(auth, Bearer)), None
        )
        return name

    def get_openapi_schema(self, *args: Any, **kwargs: Any) -> Any:
        schema = super().get_openapi_schema(*args, **kwargs)
        schema["components"]["securitySchemes"] = {"Bearer": {"type": "http", "scheme": "bearer"}}
        for operations in schema["paths"].values():
            for method, operation in operations.items():
                if "security" in operation:
                    area = self._areas[operation["operationId"]]
                    scopes = [f"{area.value}:{verb_of(method.upper())}"] if area else []
                    operation["security"] = [{"Bearer": scopes}]
                media = operation.pop("x-media", ["application/json"])
                for status, answer in operation["responses"].items():
                    shape = answer["content"]["application/json"]
                    types = [PROBLEM_TYPE] if int(status) >= 400 else media
                    answer["content"] = dict.fromkeys(types, shape)
        return schema


api = Api(
    title="Sameboat",
    version="1",
    description="An open online mutual-aid platform. See docs/api.md for how to call it.",
    urls_namespace="api",
    docs_url=None,
    auth=Bearer(),
)
errors.install(api)
api.add_router("", sign_in.router)
api.add_router("/tokens", tokens.router)
api.add_router("/plans", plans.router)
api.add_router("", people.router)
api.add_router("", rights.router)
api.add_router("/memberships", members.router)
api.add_router("", periods.router)
api.add_router("/claims", claims.router)
api.add_router("/assistances", assistances.router)
api.add_router("/evidence", evidence.router)
api.add_router("", uploads.router)
api.add_router("", cases.router)
api.add_router("/staff", staff.router)
api.add_router("/staff", decisions.router)
api.add_router("/staff", data_desk.router)
api.add_router("/staff", desk.router)
api.add_router("/staff", rulebooks.router)
api.add_router("/finance", finance.router)
api.add_router("/finance", books.router)
api.add_router("/webhooks", webhooks.router)
api.add_router("/record", record.router)
api.add_router("/demo", demo.router)


@csrf_exempt
def nowhere(request: HttpRequest) -> HttpResponse:
    """Every address that is not there is a problem of the same form."""
    return errors.problem(errors.NotFound())


def told(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The view, with a method that it does not take answered as a problem too."""

    @csrf_exempt
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        given = view(request, *args, **kwargs)
        if given.status_code != HTTPStatus.METHOD_NOT_ALLOWED:
            return given
        refused = errors.problem(errors.MethodNotAllowed(method=request.method or ""))
        refused["Allow"] = given["Allow"]
        return refused

    return answer


_routes, _app_name, _namespace = api.urls
for _route in _routes:
    assert isinstance(_route, URLPattern)
    _route.callback = told(_route.callback)
urlpatterns: list[URLPattern | URLResolver] = [
    path("", (_routes, _app_name, _namespace)),
    re_path("", nowhere),
]
