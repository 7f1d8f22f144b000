"""The owner is told, the run never fails over it, and the webhook's address stays secret."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from platform_core.names import AssetId
from platform_core.resources import notifier
from platform_core.resources.notifier import Message, notify

MESSAGE = Message(
    AssetId("flight_ops", "flights"),
    "2013-06",
    "refused",
    "June was refused.",
    (("enum_origin", 25), ("x", None)),
    "r1",
)


class Webhook(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[tuple[str, Any]] = []
        self.released = threading.Event()

    def address(self, path: str) -> str:
        return f"http://user:hunter2@127.0.0.1:{self.server_port}/{path}" if path == "login" else self.plain(path)

    def plain(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_port}/{path}"


class Handler(BaseHTTPRequestHandler):
    server: Webhook

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((self.path, json.loads(body)))
        if self.path == "/slow":
            self.server.released.wait(60)
        self.send_response({"/gone": 410, "/moved": 307}.get(self.path, 200))
        if self.path == "/moved":
            self.send_header("Location", "/secret-inside")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    server = Webhook()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.released.set()
    server.shutdown()
    server.server_close()


def test_the_payload(webhook: Webhook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK", webhook.plain("ok"))
    assert notify("HOOK", MESSAGE) == ""
    ((path, payload),) = webhook.seen
    assert path == "/ok" and payload.pop("at").endswith("+00:00")
    assert payload == {
        "asset": "flight_ops/flights",
        "partition": "2013-06",
        "verdict": "refused",
        "sentence": "June was refused.",
        "rules": [{"name": "enum_origin", "violations": 25}, {"name": "x", "violations": None}],
        "run_id": "r1",
    }


def test_an_owner_without_a_webhook() -> None:
    assert notify("", MESSAGE) == ""


@pytest.mark.parametrize(("path", "said"), [("gone", "answered 410"), ("moved", "answered 307"), ("slow", "reached")])
def test_a_webhook_that_fails(webhook: Webhook, monkeypatch: pytest.MonkeyPatch, path: str, said: str) -> None:
    if path == "slow":  # the others answer, some time
        monkeypatch.setattr(notifier, "TIMEOUT_SECONDS", 0.3)
    monkeypatch.setenv("HOOK", webhook.plain(path))
    answer = notify("HOOK", MESSAGE)
    assert said in answer and "HOOK" in answer and "127.0.0.1" not in answer
    assert [seen for seen, _ in webhook.seen] == [f"/{path}"]  # no redirect was followed


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://x/hunter2", "hunter2", "http://[hunter2", "http://127.0.0.1:1/hunter2", "http://\0"],
)
def test_an_address_that_cannot_work(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setattr(notifier.os, "environ", {"HOOK": url})
    answer = notify("HOOK", MESSAGE)
    assert answer.startswith("The owner was not told") and "hunter2" not in answer


def test_a_variable_that_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOOK", raising=False)
    assert "HOOK is not set" in notify("HOOK", MESSAGE)
