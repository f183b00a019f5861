# SPDX-License-Identifier: MIT
"""What queries mean, a second time and in another language: filters, order, projection and paging
over plain Python values, written from MongoDB's documentation and from nothing of ours. It is slow
and small on purpose: it judges stores.

    https://www.mongodb.com/docs/manual/reference/operator/query/
    https://www.mongodb.com/docs/manual/reference/bson-type-comparison-order/
    https://www.mongodb.com/docs/manual/tutorial/query-for-null-fields/ and the pages beside it

Values are None, bool, int, float, str, dict (its order counts), list, bytes, ObjectId and datetime;
for what stores hold beside that, Long, Date, Decimal, Binary, Timestamp, Regex, MINKEY and MAXKEY.
One thing is decided otherwise than in MongoDB: several sort keys are taken one by one, each with its
own least or greatest element, where MongoDB takes them together from one element of a list."""
import datetime
import functools
import math


class QueryError(Exception):
    """A query that has no meaning."""


@functools.total_ordering
class ObjectId:
    """Twelve bytes, given as 24 hex digits."""

    def __init__(self, digits):
        self.bytes = bytes.fromhex(digits)
        if len(self.bytes) != 12:
            raise ValueError("no ObjectId: %r" % digits)

    def __eq__(self, other):
        return isinstance(other, ObjectId) and self.bytes == other.bytes

    def __lt__(self, other):
        return self.bytes < other.bytes

    def __hash__(self):
        return hash(self.bytes)

    def __str__(self):
        return self.bytes.hex()

    def __repr__(self):
        return "ObjectId(%r)" % str(self)


class Long(int):
    """A whole number kept in 64 bits, however small it is."""

    def __repr__(self):
        return "Long(%d)" % self


class Date(int):
    """Milliseconds since 1970: also those that datetime cannot hold."""

    def __repr__(self):
        return "Date(%d)" % self


class Decimal(float):
    """A decimal that a double holds exactly."""

    def __repr__(self):
        return "Decimal(%s)" % float(self)


class Binary(bytes):
    """Bytes of another subtype than 0."""
    subtype = 0

    def __new__(cls, value, subtype):
        made = super().__new__(cls, value)
        made.subtype = subtype
        return made

    def __repr__(self):
        return "Binary(%s, %d)" % (bytes(self), self.subtype)


class Timestamp(tuple):
    """Seconds and a counter."""

    def __repr__(self):
        return "Timestamp(%r)" % (tuple(self),)


class Regex(tuple):
    """A pattern and its options."""

    def __repr__(self):
        return "Regex(%r)" % (tuple(self),)


class _Bound:
    """Less than all else, or greater."""

    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return self.name


MINKEY, MAXKEY = _Bound("MINKEY"), _Bound("MAXKEY")


class _Missing:
    """What a path leads to where nothing is."""

    def __repr__(self):
        return "MISSING"


MISSING = _Missing()

# -- types and comparison ----------------------------------------------------------------------------

TYPE_NUMBERS = {
    "double": 1, "string": 2, "object": 3, "array": 4, "binData": 5, "undefined": 6, "objectId": 7,
    "bool": 8, "date": 9, "null": 10, "regex": 11, "dbPointer": 12, "javascript": 13, "symbol": 14,
    "javascriptWithScope": 15, "int": 16, "timestamp": 17, "long": 18, "decimal": 19,
    "minKey": -1, "maxKey": 127,
}
NUMBERS = ("int", "long", "double", "decimal")
ORDER = ("minKey", "null", "number", "string", "object", "array", "binData", "objectId", "bool",
         "date", "timestamp", "regex", "maxKey")
NAMES = {
    type(None): "null", bool: "bool", float: "double", str: "string", dict: "object", list: "array",
    bytes: "binData", ObjectId: "objectId", datetime.datetime: "date", Long: "long", Date: "date",
    Decimal: "decimal", Binary: "binData", Timestamp: "timestamp", Regex: "regex",
}
CLASSES = {kind: ORDER.index("number" if name in NUMBERS else name) for kind, name in NAMES.items()}
CLASSES.update({int: ORDER.index("number"), _Missing: ORDER.index("null")})


def type_of(value):
    """The name of a value's BSON type."""
    name = NAMES.get(type(value))
    if name:
        return name
    if type(value) is int and -2**63 <= value < 2**63:
        return "int" if -2**31 <= value < 2**31 else "long"
    if value is MINKEY or value is MAXKEY:
        return "minKey" if value is MINKEY else "maxKey"
    raise TypeError("no BSON value: %r" % (value,))


def class_of(value):
    """Its place among the types: only values of one class compare."""
    found = CLASSES.get(type(value))
    return ORDER.index(type_of(value)) if found is None else found


def sign(left, right):
    return (left > right) - (left < right)


def is_nan(value):
    return isinstance(value, float) and math.isnan(value)


def compare_numbers(left, right):
    """NaN is less than all others. Python compares int and float exactly."""
    if is_nan(left) or is_nan(right):
        return sign(not is_nan(left), not is_nan(right))
    return sign(left, right)


def compare_objects(left, right):
    """Pair by pair: class of the value, name, value; then the shorter one is less."""
    for (left_name, left_value), (right_name, right_value) in zip(left.items(), right.items()):
        order = (sign(class_of(left_value), class_of(right_value)) or
                 sign(left_name.encode(), right_name.encode()) or
                 compare(left_value, right_value))
        if order:
            return order
    return sign(len(left), len(right))


def compare_lists(left, right):
    for left_value, right_value in zip(left, right):
        order = compare(left_value, right_value)
        if order:
            return order
    return sign(len(left), len(right))


def compare(left, right):
    """-1, 0 or 1 in the order of all BSON values."""
    order = sign(class_of(left), class_of(right))
    if order:
        return order
    name = ORDER[class_of(left)]
    if name in ("null", "minKey", "maxKey"):
        return 0
    if name == "number":
        return compare_numbers(left, right)
    if name == "string":
        return sign(left.encode(), right.encode())
    if name == "object":
        return compare_objects(left, right)
    if name == "array":
        return compare_lists(left, right)
    if name == "binData":
        return (sign(len(left), len(right)) or
                sign(getattr(left, "subtype", 0), getattr(right, "subtype", 0)) or
                sign(bytes(left), bytes(right)))
    return sign(left, right)


# -- where a path leads ------------------------------------------------------------------------------

def member(container, name):
    """A member of an object, or of a list seen as an object of its places."""
    if isinstance(container, dict):
        return container.get(name, MISSING)
    places = {str(place): value for place, value in enumerate(container)}
    return places.get(name, MISSING)


def values_at(container, parts, expand):
    """What a path leads to from an object: one value, MISSING where there is none, or, through
    lists, several or none at all. With expand a list at the end gives its elements before itself."""
    value, rest = member(container, parts[0]), parts[1:]
    if isinstance(value, list) and rest:
        yield from values_through(value, rest, expand)
    elif isinstance(value, list):
        if expand:
            yield from value
        yield value
    elif not rest or value is MISSING:
        yield value
    elif isinstance(value, dict):
        yield from values_at(value, rest, expand)
    else:
        yield MISSING


def values_through(elements, parts, expand):
    """A list on the way: each element that is an object goes on by itself, and a number as the next
    part names an element by its place. Other elements give nothing."""
    rest = parts[1:]
    for place, element in enumerate(elements):
        if isinstance(element, dict):
            yield from values_at(element, parts, expand)
        if parts[0] != str(place):
            continue
        if not rest:
            yield element
        elif isinstance(element, dict):
            yield from values_at(element, rest, expand)
        elif isinstance(element, list):
            yield from values_through(element, rest, expand)


# -- conditions on one value -------------------------------------------------------------------------

def equals(value, wanted):
    return class_of(value) == class_of(wanted) and compare(value, wanted) == 0


def ranges(accepted, inclusive):
    """A comparison that accepts some orders; NaN is within no range but its own."""
    def holds(value, wanted):
        if class_of(value) != class_of(wanted):
            return (wanted is MINKEY and 1 in accepted) or (wanted is MAXKEY and -1 in accepted)
        if is_nan(value) or is_nan(wanted):
            return inclusive and is_nan(value) and is_nan(wanted)
        return compare(value, wanted) in accepted
    return holds


def is_in(value, wanted):
    return any(equals(value, one) for one in wanted)


def has_type(value, wanted):
    if value is MISSING:
        return False
    name = type_of(value)
    for one in wanted if isinstance(wanted, list) else [wanted]:
        if one == "number" and name in NUMBERS:
            return True
        if one in (name, TYPE_NUMBERS[name]) and not isinstance(one, bool):
            return True
    return False


def is_number(value):
    return value is not MISSING and type_of(value) in NUMBERS


def has_remainder(value, wanted):
    """Both are cut to whole numbers; the remainder has the dividend's sign."""
    if not is_number(value) or not math.isfinite(value):
        return False
    divisor, remainder = (math.trunc(number) for number in wanted)
    dividend = math.trunc(value)
    if not -2**63 <= dividend < 2**63:
        return False
    return int(math.copysign(1, dividend)) * (abs(dividend) % abs(divisor)) == remainder


def bits_of(value, positions):
    """Which of the bits are set, or None where the value has no bits."""
    if isinstance(value, bytes):
        return [position < len(value) * 8 and value[position // 8] >> position % 8 & 1
                for position in positions]
    if not is_number(value) or not math.isfinite(value) or value != math.trunc(value):
        return None
    if not -2**63 <= value < 2**63:
        return None
    return [int(value) >> position & 1 for position in positions]


def positions_of(mask):
    return mask if isinstance(mask, list) else [i for i in range(64) if int(mask) >> i & 1]


def bits(accept):
    def holds(value, mask):
        found = bits_of(value, positions_of(mask))
        return found is not None and accept(found)
    return holds


ON_ONE_VALUE = {
    "$eq": equals,
    "$gt": ranges((1,), False),
    "$gte": ranges((0, 1), True),
    "$lt": ranges((-1,), False),
    "$lte": ranges((-1, 0), True),
    "$in": is_in,
    "$type": has_type,
    "$mod": has_remainder,
    "$bitsAllSet": bits(all),
    "$bitsAnySet": bits(any),
    "$bitsAllClear": bits(lambda found: not any(found)),
    "$bitsAnyClear": bits(lambda found: not all(found)),
}
NEGATIVE = {"$ne": "$eq", "$nin": "$in"}

# -- conditions on a field ---------------------------------------------------------------------------


def is_operators(condition):
    return isinstance(condition, dict) and next(iter(condition), "").startswith("$")


def is_joined(query):
    return next(iter(query), "") in ("$and", "$or", "$nor")


def element_matches(element, query):
    if is_operators(query) and not is_joined(query):
        return field_matches(query, lambda expand: [element])
    return isinstance(element, (dict, list)) and matches_checked(element, query)


def has_all(wanted, lead):
    if wanted and is_operators(wanted[0]):
        return all(field_matches(one, lead) for one in wanted)
    return bool(wanted) and all(operator_matches("$eq", one, lead) for one in wanted)


def operator_matches(operator, operand, lead):
    """lead(expand) gives the values the field's path leads to."""
    if operator == "$not":
        return not field_matches(operand, lead)
    if operator in NEGATIVE:
        return not operator_matches(NEGATIVE[operator], operand, lead)
    if operator == "$exists":
        return any(value is not MISSING for value in lead(True)) == bool(operand)
    if operator == "$all":
        return has_all(operand, lead)
    if operator == "$size":
        return any(isinstance(value, list) and len(value) == operand for value in lead(False))
    if operator == "$elemMatch":
        return any(element_matches(element, operand) for value in lead(False)
                   if isinstance(value, list) for element in value)
    return any(ON_ONE_VALUE[operator](value, operand) for value in lead(True))


def field_matches(condition, lead):
    if is_operators(condition):
        return all(operator_matches(operator, operand, lead)
                   for operator, operand in condition.items())
    return operator_matches("$eq", condition, lead)


def member_matches(document, name, condition):
    if name == "$and":
        return all(matches_checked(document, query) for query in condition)
    if name == "$or":
        return any(matches_checked(document, query) for query in condition)
    if name == "$nor":
        return not any(matches_checked(document, query) for query in condition)
    parts = name.split(".")
    return field_matches(condition, lambda expand: values_at(document, parts, expand))


def matches_checked(document, query):
    return all(member_matches(document, name, condition) for name, condition in query.items())


def matches(document, query):
    """Whether a query means a document."""
    check_query(query)
    return matches_checked(document, query)


# -- queries without meaning -------------------------------------------------------------------------

def require(truth, message, *arguments):
    if not truth:
        raise QueryError(message % arguments)


def is_whole(value):
    return is_number(value) and math.isfinite(value) and value == math.trunc(value)


def check_value(value):
    """A literal holds no operators."""
    if isinstance(value, dict):
        for name, inner in value.items():
            require(not name.startswith("$"), "%s inside a value", name)
            check_value(inner)
    elif isinstance(value, list):
        for inner in value:
            check_value(inner)


def check_list(operand):
    require(isinstance(operand, list), "needs a list")
    check_value(operand)


def check_all(operand):
    require(isinstance(operand, list), "$all needs a list")
    nested = [isinstance(one, dict) and "$elemMatch" in one for one in operand]
    if any(nested):
        require(all(nested) and all(len(one) == 1 for one in operand), "$all mixes")
        for one in operand:
            check_operators(one)
    else:
        check_value(operand)


def check_not(operand):
    require(is_operators(operand), "$not needs operators")
    check_operators(operand)


def check_exists(operand):
    require(operand is None or isinstance(operand, (bool, int, float)), "$exists needs a flag")


def check_size(operand):
    require(is_whole(operand) and operand >= 0, "$size needs a count")


def check_mod(operand):
    require(isinstance(operand, list) and len(operand) == 2, "$mod needs two numbers")
    require(all(is_number(one) and math.isfinite(one) for one in operand), "$mod needs numbers")
    require(math.trunc(operand[0]) != 0, "$mod by zero")


def check_type(operand):
    names = operand if isinstance(operand, list) else [operand]
    require(names, "$type needs a type")
    for name in names:
        require(not isinstance(name, bool) and isinstance(name, (str, int, float)) and
                (name == "number" or name in TYPE_NUMBERS or name in TYPE_NUMBERS.values()),
                "no type: %r", name)


def check_bits(operand):
    numbers = operand if isinstance(operand, list) else [operand]
    require(all(is_whole(one) and one >= 0 for one in numbers), "no bits: %r", operand)


def check_element(operand):
    require(isinstance(operand, dict) and operand, "$elemMatch needs a query")
    if is_operators(operand) and not is_joined(operand):
        check_operators(operand)
    else:
        check_query(operand)


CHECKS = {
    "$in": check_list, "$nin": check_list, "$all": check_all, "$not": check_not,
    "$exists": check_exists, "$size": check_size, "$mod": check_mod, "$type": check_type,
    "$elemMatch": check_element, "$bitsAllSet": check_bits, "$bitsAnySet": check_bits,
    "$bitsAllClear": check_bits, "$bitsAnyClear": check_bits,
}


def check_operators(condition):
    for operator, operand in condition.items():
        require(operator in ON_ONE_VALUE or operator in CHECKS or operator in NEGATIVE,
                "unknown operator %s", operator)
        CHECKS.get(operator, check_value)(operand)


def check_query(query):
    """QueryError for whatever is no query."""
    require(isinstance(query, dict), "a query is an object")
    for name, condition in query.items():
        if name in ("$and", "$or", "$nor"):
            require(isinstance(condition, list) and condition, "%s needs queries", name)
            for inner in condition:
                check_query(inner)
        else:
            require(not name.startswith("$"), "unknown operator %s", name)
            if is_operators(condition):
                check_operators(condition)
            else:
                check_value(condition)


# -- order -------------------------------------------------------------------------------------------

class _Empty:
    """What a list without elements sorts as: before all else but the least key."""


EMPTY = _Empty()


def sort_values(value, parts):
    """All values a sort looks at: those of an index. A number names an element of a list by its
    place, if there is one; else elements that are no objects count as objects without members."""
    if not parts:
        yield from (value or [EMPTY]) if isinstance(value, list) else [value]
    elif isinstance(value, list):
        place = member(value, parts[0])
        if place is not MISSING:
            yield from sort_values(place, parts[1:])
        else:
            for element in value or [None]:
                yield from sort_values(element if isinstance(element, dict) else {}, parts)
    elif isinstance(value, dict):
        yield from sort_values(value.get(parts[0], MISSING), parts[1:])
    else:
        yield MISSING


def index_keys(document, path):
    """What an index on the path has of a document; none for a list without elements."""
    return [value for value in sort_values(document, path.split(".")) if value is not EMPTY]


def compare_for_sort(left, right):
    if left is EMPTY or right is EMPTY:
        return sign((left is not MINKEY) + (left is not EMPTY and left is not MINKEY),
                    (right is not MINKEY) + (right is not EMPTY and right is not MINKEY))
    return compare(left, right)


def sort_key(document, path, descending):
    """The least value ascending, the greatest descending."""
    pick = max if descending else min
    return pick(sort_values(document, path.split(".")),
                key=functools.cmp_to_key(compare_for_sort))


def sorted_by(documents, keys):
    """keys: [(path, 1 or -1), …]; equal ones by _id in the direction of the last key."""
    keys = list(keys)
    if not any(path == "_id" for path, _ in keys):
        keys.append(("_id", keys[-1][1] if keys else 1))

    def order(left, right):
        for one, other, (_, direction) in zip(left[0], right[0], keys):
            found = compare_for_sort(one, other)
            if found:
                return found * direction
        return 0

    keyed = [([sort_key(document, path, direction < 0) for path, direction in keys], document)
             for document in documents]
    return [document for _, document in sorted(keyed, key=functools.cmp_to_key(order))]


# -- projection --------------------------------------------------------------------------------------

def included(value, tree):
    """What is left of a value; MISSING where nothing is. tree: names to trees, or to None where all
    below is meant. Of a list, what its elements leave; what is no object does not reach below."""
    if tree is None:
        return value
    if isinstance(value, list):
        left = [included(element, tree) for element in value]
        return [element for element in left if element is not MISSING]
    if not isinstance(value, dict):
        return MISSING
    left = {name: included(inner, tree[name]) for name, inner in value.items() if name in tree}
    return {name: inner for name, inner in left.items() if inner is not MISSING}


def excluded(value, tree):
    if isinstance(value, list):
        return [excluded(element, tree) for element in value]
    if not isinstance(value, dict):
        return value
    return {name: excluded(inner, tree[name]) if name in tree else inner
            for name, inner in value.items() if name not in tree or tree[name] is not None}


def tree_of(paths):
    """Of a path and one below it the shorter one counts."""
    tree = {}
    for path in sorted(paths, key=lambda path: path.count(".")):
        at = tree
        *outer, last = path.split(".")
        for name in outer:
            at = at.setdefault(name, {})
            if at is None:
                break
        if at is not None:
            at.setdefault(last, None)
    return tree


def project(document, fields, always=("_id",)):
    """fields: {path: flag}. Any true one makes it an inclusion, and the false ones are ignored then;
    what is always there cannot be dropped."""
    on = [path for path, flag in fields.items() if flag]
    off = [path for path, flag in fields.items() if not flag and path not in always]
    if on:
        return included(document, tree_of([*always, *on]))
    return excluded(document, tree_of(off))


# -- all together ------------------------------------------------------------------------------------

def find(documents, where=None, sort=(), skip=0, limit=None, fields=None, always=("_id",)):
    """A page of documents, and how many there are on all."""
    check_query(where or {})
    found = sorted_by([one for one in documents if matches_checked(one, where or {})], sort)
    page = found[skip:] if limit is None else found[skip:skip + limit]
    if fields:
        page = [project(one, fields, always) for one in page]
    return page, len(found)
