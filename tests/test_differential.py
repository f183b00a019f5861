# SPDX-License-Identifier: MIT
"""The stores answer as the model says, and alike: some thousand random operations (tests/differential;
`make differential SEEDS=1000` runs more)."""
import pytest

from differential import campaign, compare, generate, run, shrink
from differential.values import line_of

SEEDS = range(1, 5)
OPERATIONS = 200
SECONDS = 15  # to make what fails short


def failures_of(seeds):
    total = campaign.Result()
    for seed in seeds:
        total.add(campaign.one(seed, OPERATIONS, SECONDS))
    assert total.programs == len(seeds) and total.operations > OPERATIONS
    return "\n".join(total.failures)


def test_the_embedded_store_answers_as_the_model_says():
    campaign.begin(None)
    assert not failures_of(range(1, 31))


def test_a_mongodb_server_answers_as_the_model_says(mongo_uri):
    campaign.begin(mongo_uri)
    assert not failures_of(SEEDS)


def wrong_answers(program, spoil):
    """Failures where the model is right but for one answer."""
    expected = run.expectations(program)
    spoil(expected)
    process = run.Process("sqlite::memory:", "\n".join(
        map(line_of, [program["declaration"], *program["operations"]])).encode() + b"\n")
    return run.judge(run.sqlite(), program, expected, process.lines())


def test_a_wrong_answer_is_noticed():
    program = generate.make(3, OPERATIONS)
    assert not wrong_answers(program, lambda expected: None)

    def spoil(expected):
        expected[-1]["items"].pop()

    assert len(wrong_answers(program, spoil)) == 1


def test_a_failure_is_made_short():
    program = generate.make(3, OPERATIONS)

    def has_text(candidate):
        return any("zebra" in line_of(one) for one in candidate["operations"])

    program["operations"].insert(40, {"op": "find", "in": 0, "where": ["and", [
        ["eq", "v", "zebra"], ["or", [["exists", "w", True], ["eq", "s", "a"]]]]], "limit": 3})
    short = shrink.shrink(program, has_text)
    assert len(short["operations"]) == 1
    assert run.steps_of(short["operations"][0]) == 1


def test_ranks_that_clearly_differ_are_compared():
    def answer(*ranks):
        return {"items": [{"_id": str(at)} for at in range(len(ranks))], "ranks": ranks}

    compare.check_ranks(answer(3, 2, 1), answer(3.1, 1.9, 1.9))
    with pytest.raises(compare.Mismatch):
        compare.check_ranks(answer(3, 2), answer(2, 3))
