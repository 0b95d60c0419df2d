"""The API keeps what its OpenAPI document promises, whatever is sent to it."""

from tempfile import TemporaryDirectory

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.python.asgi import ASGIClient
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.testclient import TestClient

from service.app import create_app
from service.settings import Settings
from service.storage import begin, keys

_CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
TEXT = "سه روزه سفارشم نرسیده و کسی پاسخ نمی‌دهد"

FOLDER = TemporaryDirectory(
    prefix="bazkhord-contract-"
)  # gone with the process, whether its tests run here or not
APP = create_app(
    Settings(database_url=f"sqlite:///{FOLDER.name}/desk.db", worker=False, requests_per_minute=10**6)
)
SECRET: dict[str, str] = {}
#: Asks the desk that `running` started: without it schemathesis starts one, model and all, for every operation.
CLIENT = ASGIClient(APP)
schema = schemathesis.openapi.from_dict(APP.openapi())
schema.app = APP


@pytest.fixture(scope="module", autouse=True)
def running():
    """Start the desk whose document was read, with a comment and a ticket in it."""
    with TestClient(APP) as client:
        with begin(APP.state.desk.engine) as conn:
            secret = keys.create(conn, APP.state.desk.now(), "contract", "admin").secret.shown
        SECRET["Authorization"] = f"Bearer {secret}"
        assert client.post("/v1/feedback", json={"text": TEXT}, headers=SECRET).status_code == 201
        yield


@(
    schema.include(path_regex=r"^/(v1|healthz|readyz|metrics)")
    .exclude(
        path_regex=r"/(models/|rules/reload|webhooks/.*/test|replay|tickets/.*/(note|pend|resume|resolve|reopen|relax|merge|promises|confirm))"
    )
    .parametrize()
)
@settings(
    max_examples=3,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_the_api_keeps_its_contract(case):
    case.call_and_validate(checks=_CHECKS, headers=SECRET, session=CLIENT)


def test_every_moment_that_is_answered_has_its_jalali_twin():
    shapes = APP.openapi()["components"]["schemas"]
    told = {name: shape.get("properties", {}) for name, shape in shapes.items()}
    # what callers send is written as they like, and the envelope of a webhook is that of Standard Webhooks
    answered = {name: fields for name, fields in told.items() if not name.endswith(("In", "Event"))}
    bare = [
        f"{name}.{field}"
        for name, fields in answered.items()
        for field, kind in fields.items()
        if "date-time" in str(kind) and f"{field}_jalali" not in fields
    ]
    assert bare == []
