# SPDX-License-Identifier: MIT
"""Values as MongoDB's canonical extended JSON, which keeps types, and what is compared of it.

    https://www.mongodb.com/docs/manual/reference/mongodb-extended-json/
"""
import base64
import json

from evaluator import (MAXKEY, MINKEY, Binary, Date, Decimal, Long, ObjectId, Regex, Timestamp)


def integer(value):
    kind = "$numberInt" if -2**31 <= value < 2**31 else "$numberLong"
    return {kind: str(int(value))}


def real(value):
    if value != value:
        return {"$numberDouble": "NaN"}
    if value in (float("inf"), float("-inf")):
        return {"$numberDouble": "Infinity" if value > 0 else "-Infinity"}
    return {"$numberDouble": repr(value)}


def binary(value):
    return {"$binary": {"base64": base64.b64encode(value).decode(),
                        "subType": "%02x" % getattr(value, "subtype", 0)}}


ENCODERS = {
    type(None): lambda value: None,
    bool: lambda value: value,
    str: lambda value: value,
    int: integer,
    float: real,
    bytes: binary,
    Binary: binary,
    list: lambda value: [encode(one) for one in value],
    dict: lambda value: {name: encode(one) for name, one in value.items()},
    Long: lambda value: {"$numberLong": str(int(value))},
    Date: lambda value: {"$date": {"$numberLong": str(int(value))}},
    Decimal: lambda value: {"$numberDecimal": "%g" % value},
    ObjectId: lambda value: {"$oid": str(value)},
    Timestamp: lambda value: {"$timestamp": {"t": value[0], "i": value[1]}},
    Regex: lambda value: {"$regularExpression": {"pattern": value[0], "options": value[1]}},
    type(MINKEY): lambda value: {"$minKey" if value is MINKEY else "$maxKey": 1},
}


def encode(value):
    """A value as what json.dumps() takes."""
    return ENCODERS[type(value)](value)


def line_of(operation):
    return json.dumps(encode(operation), separators=(",", ":"))


def same_double(node):
    """A double's digits, which printers choose, in one way."""
    if len(node) == 1 and "$numberDouble" in node:
        return real(float(node["$numberDouble"]))
    return node


def read_line(text):
    return json.loads(text, object_hook=same_double)


def text_of(node):
    """What is compared: order of members and types count."""
    return json.dumps(node)


def text_of_value(value):
    return json.dumps(encode(value))
