"""What git leaves of a dataset that it took away: a folder with compiled files that it does not look at."""

from pathlib import Path

from platform_core.components.discovery import discover


def test_a_folder_of_nothing_but_compiled_files_is_no_dataset(tmp_path: Path) -> None:
    compiled = tmp_path / "forecast/__pycache__/forecast.cpython-311.pyc"
    compiled.parent.mkdir(parents=True)
    compiled.write_bytes(b"")
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes/notes.py").write_text("import dagster\n")
    assert [path.name for path in discover(tmp_path, "board", "board").foreign] == ["notes"]
