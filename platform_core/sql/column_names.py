"""The columns a query names, told from its text: where the engine cannot be asked, and which names are in vain."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sqlglot import exp, parse_one
from sqlglot.errors import ErrorLevel, SqlglotError

from platform_core.sql.syntax import SyntaxProblem

__all__ = ["Schema", "columns_at_most", "in_other_words", "understood", "usage_by_name"]

_ALL = "*"  # stands for every column
Schema = Mapping[str, Collection[str]]  # `location/dataset` -> names of its columns


def understood(query: str, dialect: str) -> Any:
    """Return the tree of a query. Raises SyntaxProblem when it is no SELECT that can be understood."""
    try:
        tree = parse_one(query, read=dialect)
    except (SqlglotError, RecursionError) as error:
        raise _problem(error) from error
    if not isinstance(tree, (exp.Select, exp.SetOperation, exp.Pivot, exp.Subquery)):
        raise SyntaxProblem("It is no SELECT.")
    return tree


def in_other_words(tree: Any, dialect: str) -> str:
    """Return the query in another dialect, as far as that has words for it; empty where it cannot be said."""
    try:
        return str(tree.sql(dialect, unsupported_level=ErrorLevel.IGNORE))
    except (SqlglotError, RecursionError, ValueError):
        return ""


def usage_by_name(
    tree: Any, schema: Schema, location: str, dialect: str
) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """Return the columns that a query uses by table, and those it names that no table has ('': of any table).

    Raises SyntaxProblem when it cannot be understood.
    """
    try:
        return _usage(tree, schema, location, dialect)
    except (SqlglotError, RecursionError) as error:
        raise _problem(error) from error


def columns_at_most(tree: Any, schema: Schema, location: str) -> dict[str, tuple[str, ...]]:
    """Return the columns that a query can use of each table it reads, whatever its names mean: those it names anywhere,
    and all where something in it stands for columns that nobody names."""
    tables = list(tree.find_all(exp.Table))
    read = {f"{table.db or location}/{table.name}".lower() for table in tables}
    called = {table.alias_or_name.lower() for table in tables}
    hidden = (
        any(not isinstance(star.parent, exp.Count) for star in tree.find_all(exp.Star, exp.Columns))
        or tree.find(exp.Pivot, exp.TableColumn) is not None
        or any(join.method for join in tree.find_all(exp.Join))  # NATURAL, POSITIONAL, ASOF
        or any(table.alias_column_names for table in tables)
        or any(column.name.lower() in called for column in tree.find_all(exp.Column))  # a row as a value
    )
    named = {name.name.lower() for name in tree.find_all(exp.Identifier)}
    return {
        asset: tuple(column for column in columns if hidden or column.lower() in named)
        for asset, columns in schema.items()
        if asset.lower() in read
    }


def _problem(error: Exception) -> SyntaxProblem:
    said = (str(error) or "It is nested too deeply").splitlines()[0]
    return SyntaxProblem(said.rstrip(".") + ".")


def _usage(
    tree: Any, schema: Schema, location: str, dialect: str
) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    assets = {asset.lower(): asset for asset in schema}
    missing = _named_in_vain(tree, schema, assets, location, dialect)
    known = {asset: [*columns, *missing.get(asset, ())] for asset, columns in schema.items()}
    left_out = {name.name.lower() for star in tree.find_all(exp.Star) for name in star.args.get("except_") or ()}
    tree = _qualified(tree, known, location, dialect)
    for asset, names in _loose(tree, assets).items():
        missing.setdefault(asset, []).extend(names)
    used: dict[str, set[str]] = {}
    for asset, name in _mentions(tree, assets):
        everything = schema[asset] if name == _ALL else ()
        used.setdefault(asset, set()).update(column.lower() for column in (name, *everything))
    return (
        {
            # What a star leaves out must be there to be left out.
            asset: tuple(column for column in columns if column.lower() in used[asset] | left_out)
            for asset, columns in schema.items()
            if asset in used
        },
        {asset: tuple(dict.fromkeys(names)) for asset, names in missing.items() if names},
    )


def _mentions(tree: Any, assets: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return pairs of asset and column; the asset with no column, too, since `count(*)` names none."""
    from sqlglot.optimizer.scope import traverse_scope

    found: list[tuple[str, str]] = []
    scopes: list[Any] = traverse_scope(tree)
    ahead: list[tuple[Any, Any]] = []  # columns, each with the scope it stands in
    for scope in scopes:
        tables = dict(_tables(scope, assets))
        found += [(asset, "") for asset in tables.values()]
        everything = any(not isinstance(star.parent, exp.Count) for star in scope.find_all(exp.Columns, exp.Star))
        values = {table.name for table in scope.find_all(exp.TableColumn)}
        found += [(asset, _ALL) for alias, asset in tables.items() if everything or alias in values]
        ahead += _needed(scope, last=scope is scopes[-1])
    seen: set[int] = set()
    while ahead:
        scope, column = ahead.pop()
        source = scope.sources.get(column.table)
        if id(column) in seen or source is None:
            continue
        seen.add(id(column))
        if not isinstance(source, exp.Table):
            ahead += _made_of(source, column.name)
        elif asset := assets.get(f"{source.db}/{source.name}".lower()):
            found.append((asset, column.name))
    if not scopes or tree.find(exp.Pivot):
        pivoted = {assets.get(f"{table.db}/{table.name}".lower(), "") for table in tree.find_all(exp.Table)}
        found += [(asset, _ALL) for asset in sorted(pivoted - {""})]
    return found


def _needed(scope: Any, last: bool) -> list[tuple[Any, Any]]:
    """Return the columns of a scope that count in any case: not those that only a star hands on."""
    distinct = scope.expression.args.get("distinct") or isinstance(scope.expression, (exp.Except, exp.Intersect))
    if scope.set_operation_scopes:
        names = scope.expression.named_selects if last or distinct else ()
        return [at for name in names for at in _made_of(scope, name)]
    starred = [item for item in _projections(scope) if not (last or distinct) and _from_star(item)]
    handed_on = {id(column) for item in starred for column in item.find_all(exp.Column)}
    return [(scope, column) for column in scope.columns if id(column) not in handed_on]


def _from_star(item: Any) -> bool:
    """Whether a projection stands for a star: what somebody wrote has a line."""
    return not any("line" in column.this.meta for column in item.find_all(exp.Column))


def _projections(scope: Any) -> list[Any]:
    return list(scope.expression.selects) if isinstance(scope.expression, exp.Select) else []


def _made_of(scope: Any, name: str) -> list[tuple[Any, Any]]:
    """Return the columns that a column of a CTE or subquery is made of, each with its scope; unions have two sides."""
    if sides := scope.set_operation_scopes:
        names = scope.expression.named_selects
        place = names.index(name) if name in names else -1
        by_name = bool(scope.expression.args.get("by_name"))
        found = []
        for side in sides:
            theirs = side.expression.named_selects
            if by_name or 0 <= place < len(theirs):
                found += _made_of(side, name if by_name else theirs[place])
        return found
    items = [item for item in _projections(scope) if item.alias_or_name == name]
    return [(scope, column) for item in items for column in item.find_all(exp.Column)]


def _tables(scope: Any, assets: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield alias and asset of each table of the scope that is known."""
    for alias, source in scope.sources.items():
        if isinstance(source, exp.Table) and (asset := assets.get(f"{source.db}/{source.name}".lower())):
            yield alias, asset


def _named_in_vain(
    tree: Any, schema: Schema, assets: Mapping[str, str], location: str, dialect: str
) -> dict[str, list[str]]:
    """Return the columns written as `table.column` that the table lacks: to qualify them would raise an error."""
    from sqlglot.optimizer.normalize_identifiers import normalize_identifiers
    from sqlglot.optimizer.qualify_tables import qualify_tables
    from sqlglot.optimizer.scope import traverse_scope

    known = {asset: {column.lower() for column in columns} for asset, columns in schema.items()}
    found: dict[str, list[str]] = {}
    plain = qualify_tables(normalize_identifiers(tree.copy(), dialect=dialect), db=location or None, dialect=dialect)
    for scope in traverse_scope(plain):
        for alias, asset in _tables(scope, assets):
            names = [column.name for column in scope.columns if column.table == alias]
            found.setdefault(asset, []).extend(n for n in names if n.lower() not in known[asset] and n != _ALL)
    return found


def _loose(tree: Any, assets: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the columns that were found in no table, where all tables around them are known."""
    from sqlglot.optimizer.scope import traverse_scope

    found: dict[str, list[str]] = {}
    for scope in traverse_scope(tree):
        tables = dict(_tables(scope, assets))
        plain = all(alias in tables or not isinstance(source, exp.Table) for alias, source in scope.sources.items())
        # Something else may give it a name: an alias of the SELECT list, a lambda, UNNEST, an outer query.
        if not tables or len(tables) < len(scope.sources) or not plain or scope.is_correlated_subquery:
            continue
        own = {item.alias for item in _projections(scope) if item.alias != item.unalias().name}
        own |= {name.name for lambda_ in scope.find_all(exp.Lambda) for name in lambda_.expressions}
        home = next(iter(tables.values())) if len(tables) == 1 else ""
        names = [column.name for column in scope.columns if not column.table and column.name not in own]
        found.setdefault(home, []).extend(names)
    return found


def _qualified(tree: Any, schema: Schema, location: str, dialect: str) -> Any:
    from sqlglot.optimizer.qualify import qualify

    nested: dict[str, Any] = {}
    for asset, columns in schema.items():
        home, _, dataset = asset.partition("/")
        nested.setdefault(home, {})[dataset] = dict.fromkeys(columns, "UNKNOWN")
    return qualify(
        tree,
        schema=nested,
        dialect=dialect,
        db=location or None,
        validate_qualify_columns=False,
        quote_identifiers=False,
        isolate_tables=False,
    )
