# SPDX-License-Identifier: MIT
"""The evaluator against examples of MongoDB's documentation, so that a judge is judged as well."""
import datetime

import pytest

from evaluator import (MISSING, ObjectId, QueryError, compare, find, matches, project, sort_key,
                       sorted_by, type_of, values_at)

NOW = datetime.datetime(2024, 1, 1)


def found(documents, query, name="_id"):
    return [document[name] for document in documents if matches(document, query)]


# -- the pages on arrays -----------------------------------------------------------------------------

INVENTORY = [
    {"item": "journal", "qty": 25, "tags": ["blank", "red"], "dim_cm": [14, 21]},
    {"item": "notebook", "qty": 50, "tags": ["red", "blank"], "dim_cm": [14, 21]},
    {"item": "paper", "qty": 100, "tags": ["red", "blank", "plain"], "dim_cm": [14, 21]},
    {"item": "planner", "qty": 75, "tags": ["blank", "red"], "dim_cm": [22.85, 30]},
    {"item": "postcard", "qty": 45, "tags": ["blue"], "dim_cm": [10, 15.25]},
]


@pytest.mark.parametrize("query, items", [
    ({"tags": ["red", "blank"]}, "notebook"),
    ({"tags": {"$all": ["red", "blank"]}}, "journal notebook paper planner"),
    ({"tags": "red"}, "journal notebook paper planner"),
    ({"dim_cm": {"$gt": 25}}, "planner"),
    ({"dim_cm": {"$gt": 15, "$lt": 20}}, "journal notebook paper postcard"),
    ({"dim_cm": {"$elemMatch": {"$gt": 22, "$lt": 30}}}, "planner"),
    ({"dim_cm.1": {"$gt": 25}}, "planner"),
    ({"tags": {"$size": 3}}, "paper"),
    ({"qty": {"$in": [25, 45.0]}}, "journal postcard"),
    ({"qty": {"$nin": [25, 45]}}, "notebook paper planner"),
    ({"$or": [{"qty": {"$lt": 30}}, {"item": "paper"}]}, "journal paper"),
    ({"$nor": [{"qty": {"$lt": 60}}, {"item": "paper"}]}, "planner"),
    ({"$and": [{"tags": "red"}, {"tags": "plain"}]}, "paper"),
    ({"qty": {"$not": {"$gt": 45}}}, "journal postcard"),
    ({}, "journal notebook paper planner postcard"),
])
def test_lists_are_asked_as_the_tutorial_does(query, items):
    assert found(INVENTORY, query, "item") == items.split()


STOCK = [
    {"item": "journal", "instock": [{"warehouse": "A", "qty": 5}, {"warehouse": "C", "qty": 15}]},
    {"item": "notebook", "instock": [{"warehouse": "C", "qty": 5}]},
    {"item": "paper", "instock": [{"warehouse": "A", "qty": 60}, {"warehouse": "B", "qty": 15}]},
    {"item": "planner", "instock": [{"warehouse": "A", "qty": 40}, {"warehouse": "B", "qty": 5}]},
    {"item": "postcard", "instock": [{"warehouse": "B", "qty": 15}, {"warehouse": "C", "qty": 35}]},
]


@pytest.mark.parametrize("query, items", [
    ({"instock": {"warehouse": "A", "qty": 5}}, "journal"),
    ({"instock": {"qty": 5, "warehouse": "A"}}, ""),
    ({"instock.qty": {"$lte": 20}}, "journal notebook paper planner postcard"),
    ({"instock.0.qty": {"$lte": 20}}, "journal notebook postcard"),
    ({"instock": {"$elemMatch": {"qty": 5, "warehouse": "A"}}}, "journal"),
    ({"instock": {"$elemMatch": {"qty": {"$gt": 10, "$lte": 20}}}}, "journal paper postcard"),
    ({"instock.qty": {"$gt": 10, "$lte": 20}}, "journal paper planner postcard"),
    ({"instock.qty": 5, "instock.warehouse": "A"}, "journal planner"),
    ({"instock": {"$all": [{"$elemMatch": {"warehouse": "A"}}, {"$elemMatch": {"qty": 15}}]}},
     "journal paper"),
    ({"instock": {"$elemMatch": {"$or": [{"qty": 60}, {"qty": 35}]}}}, "paper postcard"),
])
def test_lists_of_objects_are_asked_as_the_tutorial_does(query, items):
    assert found(STOCK, query, "item") == items.split()


# -- null and missing --------------------------------------------------------------------------------

def test_null_and_missing_are_asked_as_the_tutorial_does():
    documents = [{"_id": 1, "item": None}, {"_id": 2}]
    assert found(documents, {"item": None}) == [1, 2]
    assert found(documents, {"item": {"$ne": None}}) == []
    assert found(documents, {"item": {"$type": 10}}) == [1]
    assert found(documents, {"item": {"$exists": False}}) == [2]


NULLS = [
    {"_id": "empty_subobject", "a": {}},
    {"_id": "null", "a": None},
    {"_id": "number", "a": 4},
    {"_id": "b_not_null", "a": {"b": "hi"}},
    {"_id": "b_null", "a": {"b": None}},
    {"_id": "no_a"},
    {"_id": "double_array", "a": [[]]},
    {"_id": "empty_array", "a": []},
    {"_id": "objects_null", "a": [{"b": None}, {}]},
    {"_id": "objects_no_null", "a": [{"b": 1}, {"b": "string"}]},
    {"_id": "objects_missing", "a": [{"b": 3}, {}]},
    {"_id": "values_null", "a": [None, None]},
    {"_id": "values_no_null", "a": [1, "string", 4]},
    {"_id": "values_with_null", "a": [1, None, 4]},
]


@pytest.mark.parametrize("query, names", [
    ({"a": None}, "null no_a values_null values_with_null"),
    ({"a": {"$in": [None, 75]}}, "null no_a values_null values_with_null"),
    ({"a": {"$gte": None}}, "null no_a values_null values_with_null"),
    ({"a": {"$gt": None}}, ""),
    ({"a.b": None}, "empty_subobject null number b_null no_a objects_null objects_missing"),
    ({"a": {"$exists": False}}, "no_a"),
    ({"a.b": {"$exists": False}}, "empty_subobject null number no_a double_array empty_array "
                                  "values_null values_no_null values_with_null"),
    ({"a": {"$elemMatch": {"$eq": None}}}, "values_null values_with_null"),
    ({"a": {"$elemMatch": {"b": None}}}, "double_array objects_null objects_missing"),
    ({"a.b": {"$elemMatch": {"$eq": None}}}, ""),
])
def test_null_means_what_it_does_in_null_query_semantics(query, names):
    assert found(NULLS, query) == names.split()


@pytest.mark.parametrize("positive, negative", [
    ({"a": 4}, {"a": {"$ne": 4}}),
    ({"a.b": None}, {"a.b": {"$ne": None}}),
    ({"a": {"$in": [1, None]}}, {"a": {"$nin": [1, None]}}),
    ({"a": {"$gt": 1}}, {"a": {"$not": {"$gt": 1}}}),
    ({"a": {"$exists": True}}, {"a": {"$exists": False}}),
    ({"a.b": {"$exists": 1}}, {"a.b": {"$exists": 0}}),
])
def test_negations_mean_all_the_others(positive, negative):
    yes, no = found(NULLS, positive), found(NULLS, negative)
    assert sorted(yes + no) == sorted(one["_id"] for one in NULLS)


# -- where paths lead --------------------------------------------------------------------------------

@pytest.mark.parametrize("document, path, values", [
    ({"a": 5}, "a", [5]),
    ({"a": 4}, "a.b", [MISSING]),
    ({"a": [5, 6]}, "a", [5, 6, [5, 6]]),
    ({"a": [4]}, "a.b", []),
    ({"a": {"b": []}}, "a.b", [[]]),
    ({"a": [{"b": 5}, 3, {}, {"b": [9, 11]}, {"b": 7}]}, "a.b", [5, MISSING, 9, 11, [9, 11], 7]),
    ({"a": [5, 7, 3]}, "a.1", [7]),
    ({"a": [5, [2, 4], 3]}, "a.1", [[2, 4]]),
    ({"a": [5, {"1": 4}, 3]}, "a.1", [4, {"1": 4}]),
    ({"a": [5, {"b": 4}, 3]}, "a.1.b", [MISSING, 4]),
    ({"a": [5, [{"b": 4}], 3]}, "a.1.b", [4]),
    ({"a": [{"b": []}]}, "a.b.x", []),
    ({"a": [[1, 2]]}, "a.0.1", [2]),
    ({"a": [1]}, "a.00", []),
])
def test_paths_lead_where_they_do_in_mongodb(document, path, values):
    assert list(values_at(document, path.split("."), True)) == values


# -- operators ---------------------------------------------------------------------------------------

def ids(values, condition):
    return found([{"_id": i + 1, "a": value} for i, value in enumerate(values)], {"a": condition})


def test_remainders_are_those_of_the_manual():
    assert ids([0, 5, 12], {"$mod": [4, 0]}) == [1, 3]
    for divisor in (4.0, 4.5, 4.99):
        assert ids([0, 5, 12], {"$mod": [divisor, 0]}) == [1, 3]
    assert ids([-7, 7, 7.9, "7", None, float("nan"), 1e300], {"$mod": [4, 3]}) == [2, 3]
    assert ids([-7, 7], {"$mod": [4, -3]}) == [1]
    assert ids([[1, 7], [1]], {"$mod": [4, 3]}) == [1]


def test_bits_are_those_of_the_manual():
    values = [54, 20, 20.0, b"\x66"]
    for mask, positions in ((50, [1, 4, 5]), (35, [0, 1, 5])):
        for name in ("All", "Any"):
            for kind in ("Set", "Clear"):
                operator = "$bits" + name + kind
                assert ids(values[:3], {operator: mask}) == ids(values[:3], {operator: positions})
    assert ids(values, {"$bitsAllSet": [1, 5]}) == [1, 4]
    assert ids(values, {"$bitsAllSet": 50}) == [1]
    assert ids(values, {"$bitsAllClear": [1, 5]}) == [2, 3]
    assert ids(values, {"$bitsAllClear": 35}) == [2, 3]
    assert ids(values, {"$bitsAnySet": [1, 5]}) == [1, 4]
    assert ids(values, {"$bitsAnySet": 35}) == [1, 4]
    assert ids(values, {"$bitsAnyClear": [1, 5]}) == [2, 3]
    assert ids(values, {"$bitsAnyClear": 35}) == [1, 2, 3, 4]
    assert ids([-1, -8, 1.5, "1", None, True], {"$bitsAllSet": [2, 200]}) == [1]
    assert ids([-1, -8, 8], {"$bitsAnySet": [63, 64]}) == [1, 2]
    assert ids([1, "1"], {"$bitsAllSet": 0}) == [1]


def test_types_are_those_of_the_manual():
    values = [1, 2**40, 1.5, "x", {}, [], [1], None, True, ObjectId("0" * 24), NOW, [[]], b""]
    assert ids(values, {"$type": "int"}) == [1, 7]
    assert ids(values, {"$type": 18}) == [2]
    assert ids(values, {"$type": "number"}) == [1, 2, 3, 7]
    assert ids(values, {"$type": ["string", "object"]}) == [4, 5]
    assert ids(values, {"$type": "array"}) == [6, 7, 12]
    assert ids(values, {"$type": 10.0}) == [8]
    assert ids(values, {"$type": ["bool", "objectId", 9, "binData"]}) == [9, 10, 11, 13]
    assert found([{"_id": 1}], {"a": {"$type": "null"}}) == []


def test_elements_match_as_in_the_manual():
    documents = [{"_id": 1, "results": [82, 85, 88]}, {"_id": 2, "results": [75, 88, 89]}]
    assert found(documents, {"results": {"$elemMatch": {"$gte": 80, "$lt": 85}}}) == [1]
    assert ids([[[1, 2], 3], [1, 2]], {"$elemMatch": {"$elemMatch": {"$gt": 1}}}) == [1]
    assert ids([[1], [2], []], {"$elemMatch": {"$ne": 1}}) == [2]
    assert ids([[1], [2], []], {"$elemMatch": {"$not": {"$eq": 2}}}) == [1]
    assert ids([5, {"b": 1}, [{"b": 1}]], {"$elemMatch": {"b": 1}}) == [3]
    assert ids([[[5]], [5]], {"$elemMatch": {"0": 5}}) == [1]
    assert ids([[{"$": 1}, "x"], "x"], {"$elemMatch": {"$in": ["x"]}}) == [1]


def test_all_is_an_and_of_equalities():
    assert ids([[1, 2], 1, [[1, 2]], [2]], {"$all": [1]}) == [1, 2]
    assert ids([[1, 2], [[1, 2]], [[1, 2], 3]], {"$all": [[1, 2]]}) == [1, 2, 3]
    assert ids([[1], None, []], {"$all": []}) == []
    assert ids([[1], None, []], {"$all": [None]}) == [2]


def test_only_values_of_one_type_compare():
    values = [1, 1.5, "1", "a", True, None, [2], {"x": 1}, ObjectId("f" * 24), NOW, [], False]
    assert ids(values, {"$gt": 1}) == [2, 7]
    assert ids(values, {"$gte": "1"}) == [3, 4]
    assert ids(values, {"$lte": True}) == [5, 12]
    assert ids(values, {"$lt": NOW + datetime.timedelta(1)}) == [10]
    assert ids(values, {"$lt": {"x": 2}}) == [8]
    assert ids(values, {"$lte": []}) == [11]
    assert ids(values, {"$gt": []}) == [7]
    assert ids(values, {"$lte": ObjectId("f" * 24)}) == [9]
    assert ids([float("nan"), 1, None], {"$lt": 5}) == [2]
    assert ids([float("nan"), 1, None], {"$gte": float("nan")}) == [1]


def test_equality_is_exact_but_for_the_kind_of_number():
    assert ids([1, 1.0, True, "1"], {"$eq": 1}) == [1, 2]
    assert ids([2**53, 2**53 + 1, float(2**53)], 2**53 + 1) == [2]
    assert ids([{"x": 1, "y": 2}, {"y": 2, "x": 1}], {"x": 1.0, "y": 2}) == [1]
    assert ids([[1, 2], [2, 1], [[1, 2]], [1, 2, 3]], [1, 2]) == [1, 3]
    assert ids([{}, {"x": 1}, [], None], {}) == [1]
    assert ids([[], [[]], None], []) == [1, 2]
    assert ids(["é", "e\u0301"], "é") == [1]


@pytest.mark.parametrize("query", [
    [], None, 5, {"$where": "1"}, {"$or": []}, {"$and": {}}, {"$or": [1]}, {"$not": {}},
    {"a": {"$regex": "x"}}, {"a": {"$gt": 1, "b": 2}}, {"a": {"b": 2, "$gt": 1}}, {"$comment": ""},
    {"a": {"$in": 5}}, {"a": {"$in": [{"$gt": 1}]}}, {"a": {"$not": {}}}, {"a": {"$not": 1}},
    {"a": {"$size": 1.5}}, {"a": {"$size": -1}}, {"a": {"$mod": [0, 1]}}, {"a": {"$mod": [1]}},
    {"a": {"$type": "text"}}, {"a": {"$type": []}}, {"a": {"$elemMatch": []}},
    {"a": {"$elemMatch": {"$gt": 1, "b": 1}}}, {"a": {"$bitsAllSet": -1}},
    {"a": {"$bitsAllSet": "1"}}, {"a": {"$all": 1}}, {"a": {"$all": [1, {"$elemMatch": {"b": 1}}]}},
    {"a": {"b": {"$gt": 1}}}, {"a": {"$exists": "x"}}, {"$nor": [{"$or": []}]},
    {"a": {"$elemMatch": {"b": {"$foo": 1}}}},
])
def test_what_is_no_query_is_refused(query):
    with pytest.raises(QueryError):
        matches({}, query)


# -- order -------------------------------------------------------------------------------------------

IN_ORDER = [None, float("nan"), -5, 1.5, 2**53, 2**53 + 1, "", "A", "a", "aa", "é", {}, {"a": 1},
            {"a": 1, "b": 1}, {"b": 0}, {"a": "x"}, b"", b"b", b"aa", ObjectId("0" * 24),
            ObjectId("0" * 23 + "1"), False, True, NOW, NOW + datetime.timedelta(1)]


def test_values_stand_in_the_order_of_the_manual():
    for i, left in enumerate(IN_ORDER):
        for k, right in enumerate(IN_ORDER):
            assert compare(left, right) == (i > k) - (i < k), (left, right)
    lists = [[], [None], [1], [1, 2], [2], ["a"], [[]]]
    for i, left in enumerate(lists):
        for k, right in enumerate(lists):
            assert compare(left, right) == (i > k) - (i < k), (left, right)
    assert compare({"z": 1}, []) < 0 < compare(b"", [9])
    assert compare(1, 1.0) == 0 and compare(None, MISSING) == 0


@pytest.mark.parametrize("value, least, greatest", [
    ([3, 1, 2], 1, 3), (["x", 5], 5, "x"), ([[1, 2], 3], 3, [1, 2]), ([None, 4], None, 4), (7, 7, 7),
])
def test_lists_sort_by_their_least_or_greatest_element(value, least, greatest):
    assert sort_key({"a": value}, "a", False) == least
    assert sort_key({"a": value}, "a", True) == greatest


def order(values, direction=1, path="a"):
    documents = [{"_id": i, "a": value} for i, value in enumerate(values) if value is not MISSING]
    documents += [{"_id": i} for i, value in enumerate(values) if value is MISSING]
    return [one["_id"] for one in sorted_by(documents, [(path, direction)])]


def test_a_sort_puts_empty_lists_before_null_and_null_before_all():
    assert order([1, None, [], "x", MISSING, [5, 0]]) == [2, 1, 4, 5, 0, 3]
    assert order([1, None, [], "x", MISSING, [5, 0]], -1) == [3, 5, 0, 4, 1, 2]
    assert order([{"b": 2}, [{"b": 1}, {"b": 3}], 5, [], [5, {"b": 9}]], 1, "a.b") == [2, 3, 4, 1, 0]
    assert order([{"b": 2}, [{"b": 1}, {"b": 3}], 5], -1, "a.b") == [1, 0, 2]
    assert order([[5, 1], [4, 2], 3, []], 1, "a.1") == [2, 3, 0, 1]


def test_several_keys_and_a_tie_breaker():
    documents = [{"_id": i, "a": i % 2, "b": i % 3} for i in range(6)]
    assert [one["_id"] for one in sorted_by(documents, [("a", -1), ("b", 1)])] == [3, 1, 5, 0, 4, 2]
    assert [one["_id"] for one in sorted_by(documents, [("a", -1)])] == [5, 3, 1, 4, 2, 0]
    assert [one["_id"] for one in sorted_by(documents[::-1], [])] == [0, 1, 2, 3, 4, 5]


# -- projection --------------------------------------------------------------------------------------

ITEM = {"_id": 1, "item": "x", "status": "A", "size": {"h": 14, "w": 21, "uom": "cm"},
        "instock": [{"warehouse": "A", "qty": 5}, {"warehouse": "B"}, 7, [{"qty": 1}, 2]]}


@pytest.mark.parametrize("fields, left", [
    ({"item": 1, "status": 1}, {"_id": 1, "item": "x", "status": "A"}),
    ({"size.uom": 1}, {"_id": 1, "size": {"uom": "cm"}}),
    ({"size.bogus": 1, "item.x": 1}, {"_id": 1, "size": {}}),
    ({"instock.qty": 1}, {"_id": 1, "instock": [{"qty": 5}, {}, [{"qty": 1}]]}),
    ({"instock": 0, "size.uom": 0, "status": 0}, {"_id": 1, "item": "x",
                                                  "size": {"h": 14, "w": 21}}),
    ({"instock.qty": 0, "size": 0, "item.x": 0, "status": 0},
     {"_id": 1, "item": "x", "instock": [{"warehouse": "A"}, {"warehouse": "B"}, 7, [{}, 2]]}),
    ({"bogus": 1}, {"_id": 1}),
    ({"item": 1, "size": 0}, {"_id": 1, "item": "x"}),
    ({"size": 1, "size.h": 1, "_id": 0}, {"_id": 1, "size": ITEM["size"]}),
])
def test_projections_leave_what_the_manual_says(fields, left):
    assert project(ITEM, fields) == left
    assert list(project(ITEM, fields)) == list(left)


def test_a_page_is_cut_from_what_was_found():
    documents = [{"_id": i, "a": i} for i in range(10)]
    page, total = find(documents, {"a": {"$gte": 2}}, [("a", -1)], 3, 2, {"bogus": 1})
    assert (page, total) == ([{"_id": 6}, {"_id": 5}], 8)
    assert find(documents, {}, [], 20, 5) == ([], 10)


def test_numbers_have_the_type_they_are_stored_with():
    assert [type_of(one) for one in (2**31 - 1, 2**31, -2**31, -2**31 - 1, 1.0)] == [
        "int", "long", "int", "long", "double"]
    with pytest.raises(TypeError):
        type_of(2**63)
