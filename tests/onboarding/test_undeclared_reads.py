"""What Python datasets read without declaring it, found in their code by whatever name it is imported."""

from __future__ import annotations

from pathlib import Path

import pytest

from platform_core.onboarding.undeclared import undeclared_reads

HEAD = "from platform_core import dataset\n"
# What a function with inputs may not do; {line} of each is the last.
SURE = {
    "import pandas as pd": 'pd.read_csv("/data/rates.csv")',
    "from pandas import read_parquet as load": 'load("s3://other/rates.parquet")',
    "import polars": 'polars.scan_parquet("../other/published/x.parquet")',
    "import pyarrow.parquet as pq": 'pq.read_table("/data/rates.parquet")',
    "import duckdb": 'duckdb.connect("/data/other.db")',
    "import duckdb as d": "d.sql(\"SELECT * FROM read_parquet('x.parquet')\")",
    "import duckdb, os": 'duckdb.read_csv(os.environ["RATES"])',
    "QUERY = \"SELECT * FROM '/data/x.parquet'\"": "rows.query('r', QUERY)",
    "from deltalake import DeltaTable": 'DeltaTable("/warehouse/sales/orders")',
    "import sqlite3": 'sqlite3.connect("/data/x.db")',
    "import psycopg": 'psycopg.connect("dbname=x")',
    "from sqlalchemy import create_engine as engine": "engine(URL)",
    "import requests": 'requests.get("https://example.com/rates")',
    "import httpx as h": "h.Client(base_url=URL)",
    "from urllib.request import urlopen": "urlopen(URL)",
    "import boto3": 'boto3.client("s3")',
    "import fsspec": 'fsspec.open("s3://bucket/x")',
    "from pathlib import Path": 'Path("/etc/rates").read_text()',
    "from pathlib import Path as P": "(P.home() / 'rates.csv').read_bytes()",
    "import pathlib": "open(pathlib.Path(__file__).parents[5] / 'x.csv')",
    "ROOT = '/data'": "open(f'{ROOT}/x.csv')",
    "import os.path": "open(os.path.expanduser('~/x'))",
    "import platform_core.resources.catalog as c": "c.open_catalog()",
    "import os": "os.environ['PLATFORM_WAREHOUSE']",
    "import dagster as dg": 'dg.AssetKey(["sales", "customers"])',
    "from dagster import DagsterInstance": "DagsterInstance.get()",
}
UNSURE = {
    "RATES = 'rates.csv'": "open(RATES)",
    "import subprocess": 'subprocess.run(["fetch"])',
    "from os import system": "system('fetch')",
    "import pandas as pd, glob": "[pd.read_csv(name) for name in glob.glob('*.csv')]",
    "import dagster as dg": "dg.AssetKey(rows.name)",
}
FINE = {
    "from pathlib import Path\nHERE = Path(__file__).parent": "(HERE / 'rates.csv').read_text()",
    "from pathlib import Path": "open(Path(__file__).resolve().parent.parent.joinpath('shared', 'rates.csv'))",
    "import os": "open(os.path.join(os.path.dirname(__file__), 'rates.csv'))",
    "import csv, pathlib": "[open(p) for p in pathlib.Path(__file__).parent.glob('*.csv')]",
    "from importlib.resources import files": "files('growth').joinpath('rates.csv').read_text()",
    "import pkgutil, json": "json.loads(pkgutil.get_data('growth', 'rates.json'))",
    "import io, pandas as pd": "pd.read_csv(io.StringIO('a'))",
    "import tempfile, pathlib": "pathlib.Path(tempfile.mkdtemp(), 'x').read_text()",
    "import duckdb": "duckdb.sql('SELECT * FROM rows')",
    "import duckdb as d": "d.connect().execute('SELECT 1')",
    "import sqlite3": 'sqlite3.connect(":memory:")',
    "import pandas": "pandas.DataFrame({'a': [1]})",
    "": "open('/tmp/log', 'w')",
    "def open(name): return name": "open('/data')",
    "class Path:\n    def get(self): ...": "Path().get()",
    "import dagster as dg": "(dg.AssetKey(['sales', 'orders']), dg.AssetKey(['growth', 'made']))",
    "if __name__ == '__main__':\n    import requests\n    requests.get('https://example.com')": "None",
    "from typing import TYPE_CHECKING\nimport requests": "requests.Response",
}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "src/growth"
    (folder / "defs/made").mkdir(parents=True)
    (folder / "__init__.py").touch()
    return folder


def write(package: Path, before: str, call: str, decorator: str = '@dataset(inputs={"rows": "sales/orders"})') -> None:
    text = f"{HEAD}{before}\n\n{decorator}\ndef made(rows=None):\n    return {call}\n"
    (package / "defs/made/made.py").write_text(text)


@pytest.mark.parametrize("before", SURE)
def test_what_surely_reads_something_else(package: Path, before: str) -> None:
    write(package, before, SURE[before])
    (found,) = undeclared_reads(package)
    assert (found.level, found.subject) == ("error", "made")
    assert found.where is not None and found.where.path == package / "defs/made/made.py"
    assert found.where.line == len((package / "defs/made/made.py").read_text().splitlines())
    assert found.fix and "inputs" in found.fix + found.message


@pytest.mark.parametrize("before", UNSURE)
def test_what_nobody_can_tell_is_a_warning(package: Path, before: str) -> None:
    write(package, before, UNSURE[before])
    assert [found.level for found in undeclared_reads(package)] == ["warning"]


@pytest.mark.parametrize("before", FINE)
def test_no_false_alarm(package: Path, before: str) -> None:
    write(package, before, FINE[before])
    assert undeclared_reads(package) == []


@pytest.mark.parametrize("decorator", ["@dataset()", '@dataset(cron="0 6 * * *")', "@dataset(inputs={})"])
def test_a_source_may_fetch_and_still_declares_what_the_platform_publishes(package: Path, decorator: str) -> None:
    write(package, "import requests", 'requests.get("https://example.com")', decorator)
    assert undeclared_reads(package) == []
    write(package, "import os", 'os.getenv("PLATFORM_CATALOG")', decorator)
    (found,) = undeclared_reads(package)
    assert (found.id, found.level) == ("undeclared-upstream", "error")
    write(package, "import polars", 'polars.read_delta("/warehouse/sales/orders")', decorator)
    (found,) = undeclared_reads(package)
    assert (found.id, found.level) == ("undeclared-upstream", "warning")


def test_what_a_dataset_calls_in_other_modules_counts_and_nothing_else(package: Path) -> None:
    """Followed through relative imports and names that a module hands on; functions nobody calls are left alone."""
    (package / "lib").mkdir()
    (package / "lib/__init__.py").write_text("from .web import rates\n")
    (package / "lib/web.py").write_text(
        "import requests\nfrom pathlib import Path\n\n"
        "def rates(where):\n    open(where)\n    return fetched()\n\n"
        "def fetched():\n    return requests.get('https://example.com')\n\n"
        "def unused():\n    return requests.post('https://example.com')\n"
    )
    (package / "sensors.py").write_text("import requests\nrequests.get('https://example.com')\n")
    write(package, "from pathlib import Path\nfrom ...lib import rates", "rates(Path(__file__).with_name('x'))")
    (found,) = undeclared_reads(package)
    assert str(found.where) == f"{package / 'lib/web.py'}:9"
    write(package, "from growth import lib", "lib.rates('/data/x.csv')")
    assert sorted(str(one.where).rpartition(":")[2] for one in undeclared_reads(package)) == ["5", "9"]


def test_inputs_that_are_not_written_out_are_taken_for_inputs(package: Path) -> None:
    write(
        package, "import requests\nINPUTS = dict(rows='sales/orders')", "requests.get('x')", "@dataset(inputs=INPUTS)"
    )
    assert [found.level for found in undeclared_reads(package)] == ["error"]


@pytest.mark.parametrize(
    "text", ["", "def (", "\x00", "from . import made\nmade = made\n", "import growth.defs.made.made"]
)
def test_any_file_has_an_answer(package: Path, text: str) -> None:
    (package / "defs/made/made.py").write_text(f"# dataset\n{text}")
    assert undeclared_reads(package) == []


def test_code_that_goes_in_circles(package: Path) -> None:
    (package / "a.py").write_text("from .b import f\n\ndef g(x):\n    return f(x)\n")
    (package / "b.py").write_text("from .a import g\n\ndef f(x):\n    y = y + x\n    open(y)\n    return g(f(x))\n")
    write(package, "from growth.a import g", "g(g(1))")
    assert [found.level for found in undeclared_reads(package)] == ["warning"]
