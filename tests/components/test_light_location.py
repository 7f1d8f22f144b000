"""A location pays for what it uses: one without dbt and without Postgres never imports what these need."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

pytestmark = pytest.mark.processes


def test_a_location_without_dbt_and_postgres_imports_nothing_of_theirs(shop):
    """Neither to load nor to run a dataset of each kind: from a file, by SQL, by Python, through references."""
    shop.deliver("customers.csv", "customer,name,country,since\n1,Ana,PT,2025-01-01\n")
    shop.orders(1)
    program = """
        import sys
        from pathlib import Path
        from shop_location import Shop

        shop = Shop(Path(sys.argv[1]))
        for name, month in (
            ("customers", None), ("orders", "2026-01"), ("order_totals", "2026-01"),
            ("grand_total", None), ("loyal_customers", None),
        ):
            assert shop.run(name, month).success, name
        heavy = ("psycopg", "psycopg2", "dagster_postgres", "dbt", "dagster_dbt")
        print([name for name in heavy if name in sys.modules])
    """
    command = [sys.executable, "-c", textwrap.dedent(program), str(shop.root)]
    here = Path(__file__).parent
    done = subprocess.run(command, cwd=here, capture_output=True, text=True, check=False)
    assert done.stdout.strip().splitlines()[-1:] == ["[]"], done.stderr
