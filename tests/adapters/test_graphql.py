import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from platform_core.adapters.graphql import Webserver
from platform_core.errors import PlatformError


def serve(status: int, body: str):
    """A web server that is no Dagster, or one in trouble."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *arguments: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.handle_request, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_port}"


@pytest.mark.processes
def test_nobody_there_is_told_with_the_address():
    server, address = serve(200, "")
    server.server_close()
    with pytest.raises(PlatformError, match="does not answer") as caught:
        Webserver(address, timeout=5).locations()
    assert address in str(caught.value)


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (200, "<html>", "does not answer"),
        (500, "out of order", "answered 500: out of order"),
        (200, json.dumps({"errors": [{"message": "no such field"}]}), "no such field"),
        (
            200,
            json.dumps({"data": {"workspaceOrError": {"message": "bad yaml"}}}),
            "cannot read its workspace: bad yaml",
        ),
    ],
)
def test_an_answer_that_is_none_is_told(status, body, told):
    server, address = serve(status, body)
    with pytest.raises(PlatformError, match=told):
        Webserver(address, timeout=5).locations()
    server.server_close()


@pytest.mark.parametrize(
    ("found", "status", "state"),
    [
        (None, "LOADING", ("loading", "")),
        ({"__typename": "PythonError", "message": "outer", "stack": []}, "LOADED", ("broken", "outer")),
        (
            {
                "__typename": "PythonError",
                "message": "outer",
                "stack": [],
                "cause": {"message": "inner\n", "stack": []},
            },
            "LOADED",
            ("broken", "inner"),
        ),
        ({"__typename": "RepositoryLocation", "repositories": []}, "LOADED", ("loaded", "")),
        ({"__typename": "RepositoryLocation", "repositories": []}, "LOADING", ("loading", "")),
    ],
)
def test_a_location_is_judged_by_what_it_serves_not_by_its_load_status(found, status, state):
    entry = {"name": "shop", "loadStatus": status, "locationOrLoadError": found}
    server, address = serve(200, json.dumps({"data": {"workspaceOrError": {"locationEntries": [entry]}}}))
    answer = Webserver(address, timeout=5).locations()["shop"]
    server.server_close()
    assert (answer.state, answer.reason) == state
