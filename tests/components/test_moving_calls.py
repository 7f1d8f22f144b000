"""Calls that answer otherwise each time, found in a file by whatever name it imports them."""

from __future__ import annotations

from pathlib import Path

import pytest

from platform_core.components.moving_calls import moving_calls

MOVING = {
    "import datetime\ndatetime.datetime.now()": "datetime.datetime.now",
    "import datetime as dt\ndt.date.today()": "datetime.date.today",
    "from datetime import datetime\ndatetime.now(tz=None)": "datetime.datetime.now",
    "from datetime import date as d\nprint(d.today().year)": "datetime.date.today",
    "from time import time as clock\nclock()": "time.time",
    "import time\ntime.strftime('%F')": "time.strftime",
    "import random\nrandom.choice([1])": "random.choice",
    "from random import Random\nRandom()": "random.Random",
    "import numpy as np\nnp.random.rand(3)": "numpy.random.rand",
    "import numpy as np\nnp.random.default_rng()": "numpy.random.default_rng",
    "import numpy\nnumpy.datetime64('today')": "numpy.datetime64",
    "import pandas as pd\npd.Timestamp.now()": "pandas.Timestamp.now",
    "import uuid\nuuid.uuid4()": "uuid.uuid4",
    "def f(row):\n    return hash(row)": "hash",
    "def f():\n    from secrets import token_hex\n    return token_hex()": "secrets.token_hex",
}
STILL = [
    "from datetime import datetime\ndatetime(2026, 1, 1)\ndatetime.fromisoformat('2026-01-01')",
    "import random\nrandom.Random(7).choice([1])",
    "import numpy as np\nnp.random.default_rng(7).normal()",
    "import numpy as np\nnp.datetime64('2026-01-01')",
    "import uuid\nuuid.uuid5(uuid.NAMESPACE_URL, 'a')",
    "import time\ntime.strftime('%F', (2026, 1, 1, 0, 0, 0, 0, 1, 0))\ntime.perf_counter()",
    "class Clock:\n    def now(self): ...\n\nclock = Clock()\nclock.now()",
    "from .datetime import datetime\ndatetime.now()",
    "import hashlib\nhashlib.sha256(b'').hash()",
    "def f(:",
]


@pytest.mark.parametrize("code", MOVING)
def test_a_call_that_moves_is_warned_of_with_its_line(tmp_path: Path, code: str) -> None:
    path = tmp_path / "a.py"
    path.write_text(f"'''About.'''\n{code}\n")
    (found,) = moving_calls(path, "a")
    assert (found.level, found.message.partition("(")[0]) == ("warning", MOVING[code])
    line = 1 + next(n for n, text in enumerate(code.splitlines(), 1) if "(" in text and not text.startswith("def"))
    assert str(found.where) == f"{path}:{line}"
    assert found.fix


@pytest.mark.parametrize("code", STILL)
def test_what_stays_the_same_is_not(tmp_path: Path, code: str) -> None:
    path = tmp_path / "a.py"
    path.write_text(code)
    assert moving_calls(path, "a") == []
