"""No reference of a contract is followed: no address asked, no file opened, by whatever reads the contract."""

from __future__ import annotations

import copy
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hostile_contracts import sound_contracts

from platform_core.contracts.written import as_yaml

CHILD = Path(__file__).with_name("observed.py")


@pytest.fixture
def server() -> Iterator[socket.socket]:
    """An address that would be asked: whoever connects is found in its queue."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(16)
        listening.setblocking(False)
        yield listening


def _refers_everywhere(url: str, file: Path) -> dict[str, Any]:
    """Return a contract with references wherever the standard knows one, and some where it does not."""
    data = copy.deepcopy(sound_contracts()[-1])
    definitions = [{"url": url, "type": "definition"}, {"url": f"file://{file}", "type": "definition"}]
    definitions += [{"url": str(file), "type": "businessDefinition"}, {"url": "../../secret.yaml", "type": "x"}]
    data["authoritativeDefinitions"] = definitions
    data["description"] = {**data["description"], "authoritativeDefinitions": definitions}
    data["support"] = [{"channel": "c", "url": url}]
    data["servers"] = [
        {"server": "a", "type": "local", "path": str(file), "format": "parquet"},
        {"server": "b", "type": "s3", "location": f"{url}/bucket", "endpointUrl": url, "format": "parquet"},
        {
            "server": "c",
            "type": "postgres",
            "host": "127.0.0.1",
            "port": int(url.rsplit(":", 1)[1]),
            "database": "d",
            "schema": "s",
        },
    ]
    table = data["schema"][0]
    table["authoritativeDefinitions"] = definitions
    table["physicalName"] = str(file)
    for column in table["properties"]:
        column["authoritativeDefinitions"] = definitions
        column["transformSourceObjects"] = [str(file), url]
    table["quality"] += [
        {"name": "c1", "type": "custom", "engine": "x", "implementation": f"!include {file}"},
        {"name": "c2", "type": "text", "description": f"See {url}."},
    ]
    data["customProperties"] += [{"property": "$ref", "value": url}, {"property": "include", "value": str(file)}]
    return data


def _location(root: Path, old: dict[str, Any]) -> Path:
    """Return a location with two states of a contract."""
    (root / "contracts").mkdir(parents=True)
    (root / "location.yaml").write_text("name: shop\nowner: team:sales\n")
    new = copy.deepcopy(old)
    new["schema"][0]["properties"][1]["description"] = "Changed."
    new["authoritativeDefinitions"][0]["url"] += "/new"
    for name, data in (("orders", old), ("orders2", new)):
        (root / "contracts" / f"{name}.odcs.yaml").write_text(as_yaml(data))
    return root


def test_no_reference_is_followed(tmp_path: Path, server: socket.socket) -> None:
    secret = tmp_path / "secret.yaml"
    secret.write_text("a: 1\n")
    url = f"http://127.0.0.1:{server.getsockname()[1]}"
    plain = _location(tmp_path / "plain", sound_contracts()[-1])
    referring = _location(tmp_path / "other", _refers_everywhere(url, secret))
    os.utime(secret, (0, secret.stat().st_mtime))
    result = subprocess.run(
        [sys.executable, str(CHILD), str(plain), str(referring)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")},
    )
    assert result.returncode == 0, result.stderr[-2000:]
    found = json.loads(result.stdout.splitlines()[-1])
    assert found["asked"] > 3, "the contracts themselves are opened: the hook sees"
    assert not found["more"], "\n".join(found["more"])
    with pytest.raises(BlockingIOError):
        server.accept()
    assert secret.stat().st_atime == 0, "nobody read it, past the hook, either"


@pytest.mark.parametrize(
    "text", ["a: !include /etc/hostname", "a: !!import x", "$ref: /etc/hostname\n", "a: {$ref: 'http://x'}"]
)
def test_yaml_itself_includes_nothing(text: str) -> None:
    from platform_core.documents import read_document

    document = read_document(Path("a.yaml"), text.encode())
    assert document.problems or "$ref" in str(document.data), "a tag is refused, a key is a key"


def test_a_reference_in_place_of_a_part_is_a_finding(tmp_path: Path) -> None:
    """`$ref` is no key of ODCS: it is refused, not resolved."""
    from platform_core.contracts import lint_contract

    path = tmp_path / "orders.odcs.yaml"
    data = copy.deepcopy(sound_contracts()[-1])
    data["schema"][0]["properties"][0] = {"$ref": "other.odcs.yaml#/schema/0"}
    path.write_text(as_yaml(data))
    (tmp_path / "other.odcs.yaml").write_text(as_yaml(sound_contracts()[-1]))
    assert "unknown-key" in {finding.id for finding in lint_contract(path) if finding.level == "error"}
