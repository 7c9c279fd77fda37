"""The three ways in which a client changes a part of an object, and selectors."""

import re

from store import Refused

# Lists that a strategic merge joins by a key instead of replacing them.
KEYS = {
    "containers": "name", "initContainers": "name", "volumes": "name", "env": "name",
    "ports": "containerPort", "volumeMounts": "mountPath", "conditions": "type",
}


def merge(into, change):
    for key, value in change.items():
        if value is None:
            into.pop(key, None)
        elif isinstance(value, dict) and isinstance(into.get(key), dict):
            merge(into[key], value)
        else:
            into[key] = value
    return into


def strategic(into, change):
    if change.get("$patch") == "replace":
        into.clear()
    for key, value in change.items():
        if key.startswith("$"):
            continue
        if value is None:
            into.pop(key, None)
        elif isinstance(value, dict) and isinstance(into.get(key), dict):
            strategic(into[key], value)
        elif isinstance(value, list) and key in KEYS and isinstance(into.get(key), list):
            join(into[key], value, KEYS[key])
        else:
            into[key] = value
    return into


def join(into, change, key):
    for entry in change:
        found = next((old for old in into if old.get(key) == entry.get(key)), None)
        if entry.get("$patch") == "delete":
            into[:] = [old for old in into if old is not found]
        elif found is None:
            into.append(entry)
        else:
            strategic(found, entry)


def operations(thing, changes):
    """A JSON patch: all of it or, after a `test` that fails, nothing (the caller works on a copy)."""
    for change in changes:
        parts = [part.replace("~1", "/").replace("~0", "~") for part in change["path"].split("/")[1:]]
        at = thing
        for part in parts[:-1]:
            at = at[int(part)] if isinstance(at, list) else at.setdefault(part, {})
        last = parts[-1]
        if isinstance(at, list):
            last = len(at) if last == "-" else int(last)
        has = last < len(at) if isinstance(at, list) else last in at
        if change["op"] == "test":
            if not has or at[last] != change["value"]:
                raise Refused(422, "Invalid", "the server rejected our request due to an error in our request")
        elif change["op"] == "remove":
            del at[last]
        elif change["op"] == "replace" and not has:
            raise Refused(422, "Invalid", "the server rejected our request due to an error in our request")
        elif isinstance(at, list) and change["op"] == "add":
            at.insert(last, change["value"])
        else:
            at[last] = change["value"]
    return thing


def selector(text):
    """A label or field selector as a function of a look-up."""
    tests = [one(part) for part in re.split(r",(?![^(]*\))", text or "") if part]
    return lambda look: all(test(look) for test in tests)


def one(part):
    if found := re.match(r"^([^ =!]+) (in|notin) \((.*)\)$", part):
        key, inside = found[1], found[2] == "in"
        values = [value.strip() for value in found[3].split(",")]
        return lambda look: (look(key) in values) == inside
    if "!=" in part:
        key, value = part.split("!=", 1)
        return lambda look: look(key) != value
    if "=" in part:
        key, value = re.split("==?", part, maxsplit=1)
        return lambda look: look(key) == value
    return lambda look: look(part) is not None
