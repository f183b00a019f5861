# SPDX-License-Identifier: MIT
"""The trees of lib/filter.h, judged by evaluator.py: [operator, path, value], [operator, [trees]]
and ["elem", path, [tree]]. The path "" speaks of a list's element itself."""
import evaluator
from evaluator import MISSING, operator_matches, values_at

NAMES = {
    "eq": "$eq", "ne": "$ne", "gt": "$gt", "gte": "$gte", "lt": "$lt", "lte": "$lte", "in": "$in",
    "nin": "$nin", "all": "$all", "exists": "$exists", "size": "$size", "mod": "$mod",
    "bits_all_set": "$bitsAllSet", "bits_any_set": "$bitsAnySet",
    "bits_all_clear": "$bitsAllClear", "bits_any_clear": "$bitsAnyClear",
}
ANY_NUMBER = -1


def leads(whole, path):
    """A function that gives the values a path leads to."""
    if not path:
        return lambda expand: [whole]
    parts = path.split(".")
    return lambda expand: values_at(whole, parts, expand)


def is_of_type(value, wanted):
    if value is MISSING:
        return False
    name = evaluator.type_of(value)
    return any(name in evaluator.NUMBERS if one == ANY_NUMBER else
               evaluator.TYPE_NUMBERS[name] == one for one in wanted)


def speaks_of_itself(tree):
    while tree[0] in ("and", "or", "nor", "not"):
        tree = tree[1][0]
    return tree[1] == ""


def has_element(lead, child):
    itself = speaks_of_itself(child)
    return any(matches(element, child) for value in lead(False) if type(value) is list
               for element in value if itself or type(element) in (dict, list))


def matches(whole, tree):
    operator = tree[0]
    if operator == "and":
        return all(matches(whole, one) for one in tree[1])
    if operator == "or":
        return any(matches(whole, one) for one in tree[1])
    if operator in ("nor", "not"):
        return not any(matches(whole, one) for one in tree[1])
    lead = leads(whole, tree[1])
    if operator == "elem":
        return has_element(lead, tree[2][0])
    if operator == "contains":
        return any(type(value) is str and tree[2] in value for value in lead(True))
    if operator == "type":
        return any(is_of_type(value, tree[2]) for value in lead(True))
    return operator_matches(NAMES[operator], tree[2], lead)
