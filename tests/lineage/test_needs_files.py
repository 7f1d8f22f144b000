"""needs/<producer>.<dataset>.yaml: what can be read, and everything that is wrong in one at once."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from platform_core.documents import Document, read_document
from platform_core.findings import FindingsError
from platform_core.lineage.need_lint import need_findings
from platform_core.lineage.needs import Need, NeededColumn, ServiceLevel, load_need, load_needs, need_path, parse_need
from platform_core.names import AssetId

WHOLE = """\
dataset: flight_ops/flights
version: ^1
description: For the board on the wall.
properties:
  - {name: carrier, logicalType: string, required: true}
  - {name: origin, logicalType: string, enum: [{value: EWR}, {value: JFK}], onUnknown: ignore}
  - {name: flown, enum: [{value: 2013-01-01}]}
  - name: address
    logicalType: object
    properties:
      - {name: street}
  - {name: tags, logicalType: array, items: {logicalType: string, required: true}}
  - {name: prices, logicalType: map, map: {value: {physicalType: "DECIMAL(10,2)"}}}
keys: [[carrier, flight]]
slaProperties: [{property: latency, value: 2, unit: d}, {property: retention, value: 1.5, unit: y}]
"""


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    path = need_path(tmp_path, AssetId("flight_ops", "flights"))
    assert path == tmp_path / "needs/flight_ops.flights.yaml"
    path.parent.mkdir()
    path.write_text(WHOLE)
    expected = Need(
        "flight_ops/flights",
        "^1",
        (
            NeededColumn("carrier", "string", required=True),
            NeededColumn("origin", "string", enum=("EWR", "JFK"), on_unknown="ignore"),
            NeededColumn("flown", enum=("2013-01-01",)),
            NeededColumn("address", "object", children=(NeededColumn("street"),)),
            NeededColumn("tags", "array", children=(NeededColumn("items", "string", required=True),)),
            NeededColumn("prices", "map", children=(NeededColumn("value", physical_type="DECIMAL(10,2)"),)),
        ),
        (("carrier", "flight"),),
        (ServiceLevel("latency", 2, "d"), ServiceLevel("retention", 1.5, "y")),
    )
    assert load_need(path) == expected
    assert load_needs(path.parent) == {"flight_ops/flights": expected}
    assert load_needs(tmp_path / "none") == {}
    found = load_need(path)
    assert str(found.where(*found.columns[1].keys, "enum")).endswith("flight_ops.flights.yaml:6")


BROKEN = """\
datset: flight_ops/flights
version: 1.2
properties:
  - {name: carrier, logicaltype: string, required: maybe}
  - {name: carrier, logicalType: strin}
  - {logicalType: string}
  - {name: origin, enum: [EWR], onUnknown: shrug}
  - {name: tail, onUnknown: fail}
  - {name: kind, physicalType: VARCHARS, enum: []}
  - {name: inner, logicalType: string, items: {}}
keys: [carrier, [], [a, a]]
slaProperties:
  - {property: latncy, value: 2, unit: d}
  - {property: latency, value: -1, unit: d}
  - {property: retention, value: 1, unit: moon}
  - {property: retention, value: 900, unit: y}
"""


def test_everything_wrong_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "flight_ops.flights.yaml"
    path.write_text(BROKEN)
    with pytest.raises(FindingsError) as caught:
        load_need(path)
    told = [(finding.where.line if finding.where else 0, finding.message) for finding in caught.value.findings]
    expected = [
        (1, "dataset is needed"),
        (1, "unknown key 'datset'"),
        (2, "version 1.2 is a number"),
        (4, "unknown key 'logicaltype'"),
        (4, "required must be true or false"),
        (5, "stands twice"),
        (5, "logicalType cannot be 'strin'"),
        (6, "needs a name"),
        (7, "onUnknown cannot be 'shrug'"),
        (7, "is written as {value: A}"),
        (8, "means nothing without an enum"),
        (9, "'VARCHARS' is no type"),
        (9, "must be a list of values"),
        (10, "items means nothing with string"),
        (11, "a key is a list of columns"),
        (11, "a key is a list of columns"),
        (11, "stands twice in a key"),
        (13, "'latncy' is no service level"),
        (14, "above 0"),
        (15, "unit cannot be 'moon'"),
        (16, "stands twice"),
        (16, "longer than 100 years"),
    ]
    assert len(told) == len(expected)
    for line, words in expected:
        assert any(line == place and words in message for place, message in told), (line, words, told)
    fixes = " ".join(finding.fix for finding in caught.value.findings)
    for word in ("Write 'logicalType'", "Did you mean 'string'?", "Did you mean 'latency'?", "Did you mean 'dataset'?"):
        assert word in fixes


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.b.yaml", "dataset: a/c\n", "Call the file a.c.yaml"),
        ("a.b.yaml", "dataset: ../c\n", "is not a dataset"),
        ("a.b.yaml", "- a\n", "must hold keys and values"),
        ("a.b.yaml", "dataset: a/b\nversion: ^\n", "is no range"),
        ("a.b.yaml", "dataset: a/b\nproperties: {name: x}\n", "must be a list"),
        ("a.b.yaml", "dataset: a/b\nproperties: [{name: x, map: {value: 1, other: {}}}]\n", "unknown key 'other'"),
        ("a.b.yaml", "dataset: a/b\nkeys: carrier\n", "list of lists"),
        ("a.b.yaml", "dataset: a/b\nslaProperties: x\n", "must be a list"),
    ],
)
def test_odd_shapes_are_findings(name: str, text: str, said: str) -> None:
    found = need_findings(read_document(Path(name), text.encode()))
    assert said in " ".join(f"{finding.message} {finding.fix}" for finding in found)


odd = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=4)
    | st.sampled_from(["a/b", "fail", "^1"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "enum", "value", "items", "map", "key", "properties", "unit"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)
KEYS = ["dataset", "version", "properties", "keys", "slaProperties", "description"]


@settings(max_examples=80, derandomize=True, deadline=None, database=None)
@given(st.dictionaries(st.sampled_from(KEYS), odd, max_size=6))
def test_whatever_stands_in_it_the_lint_ends_and_what_it_passes_is_read(data: dict[str, object]) -> None:
    """Of a registration the file is somebody else's: no shape ends in a traceback."""
    document = Document(Path("a.b.yaml"), data)
    if not need_findings(document):
        assert parse_need(document).dataset == "a/b"
