"""Columns that look as if they were about people: their values never reach a contract, in no enum, range or pattern."""

from __future__ import annotations

import re

__all__ = ["looks_personal", "words"]

_WORDS = frozenset(
    {"email", "mail", "phone", "mobile", "telephone", "tel", "fax", "address", "street", "zip", "postcode", "postal"}
    | {"surname", "firstname", "lastname", "fullname", "forename", "birthday", "birthdate", "birth", "dob", "age"}
    | {
        "gender",
        "sex",
        "ssn",
        "passport",
        "iban",
        "religion",
        "nationality",
        "ethnicity",
        "race",
        "diagnosis",
        "salary",
    }
    | {"password", "token", "secret", "ip", "nino", "taxid", "login", "username", "user", "patient", "person"}
    | {"employee", "customer", "contact", "signature", "biometric", "marital", "disability", "licence", "license"}
)
_PEOPLE_NAMES = re.compile(
    r"(first|last|middle|given|family|maiden|full|nick|display|contact|customer|person|user)_?name"
)
_KEYS = frozenset({"id", "key", "code", "uuid", "type", "status", "kind", "count", "segment"})


def words(name: str) -> list[str]:
    """Return the words of a column's name: `firstName`, `first_name` and `First name` give the same."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return [word for word in re.split(r"[^a-z0-9]+", spaced.lower()) if word]


def looks_personal(name: str, share_of_addresses: float = 0.0) -> bool:
    """Say whether a column looks personal by its name, or because its values look like e-mail addresses or phones."""
    parts = words(name)
    if share_of_addresses > 0.5 or _PEOPLE_NAMES.search("_".join(parts)):
        return True
    # customer_id identifies a row; customer_email is about a person.
    return bool(_WORDS & set(parts)) and not (parts[-1] in _KEYS and not _SENSITIVE & set(parts))


_SENSITIVE = frozenset(
    {"ssn", "passport", "iban", "zip", "postcode", "postal", "gender", "sex", "marital", "diagnosis"}
)
