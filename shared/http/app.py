"""The HTTP application of a service, built from its routes."""

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from shared.http import errors, health, operations, programs
from shared.http.edge import Edge
from shared.http.limits import Limiter
from shared.http.problems import ProblemView
from shared.http.routes import Routes
from shared.http.state import Services

_REQUIRED_HEADERS = frozenset({"Idempotency-Key", "If-Match"})

# The routes that every service has.
OF_ALL = (health.routes, operations.routes, programs.routes)


def create_app(services: Services, routes: Sequence[Routes], *, description: str = "") -> FastAPI:
    """Build an application: these routes and the health routes, the checks of `shared.http`, complete OpenAPI.

    Raise ValueError when two routes share a method and path.
    """
    app = FastAPI(
        title=f"Alongside {services.name}",
        version="1",
        description=description,
        docs_url=None,  # the page would load scripts from another host
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.services = services
    app.state.limiter = Limiter(services.database)
    seen: set[tuple[str, str]] = set()
    for group in (*OF_ALL, *routes):
        for route in group.routes:
            places = {(method, route.path_format) for method in route.methods or ()}
            if both := places & seen:
                raise ValueError(f"two routes at {sorted(both)}")
            seen |= places
            app.router.routes.append(route)
    errors.install(app)
    app.add_middleware(Edge)
    app.openapi = lambda: _openapi(app)  # pyright: ignore[reportAttributeAccessIssue]
    return app


def _openapi(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.router.routes
        )
        components = document.setdefault("components", {})
        components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
        schemas = components.setdefault("schemas", {})
        shape = ProblemView.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= shape.pop("$defs", {})
        schemas[ProblemView.__name__] = shape
        for path in document.get("paths", {}).values():
            for operation in path.values():
                for parameter in operation.get("parameters", ()):
                    if parameter["in"] == "header" and parameter["name"] in _REQUIRED_HEADERS:
                        parameter["required"] = True
        app.openapi_schema = document
    return app.openapi_schema
