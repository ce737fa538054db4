from itertools import permutations

from outlast.evidence.usage import ModelUsage, Usage, add_usages, sum_usages

BIG = ModelUsage(model="openai:big", calls=2, input_tokens=100, output_tokens=10, usd=0.1)
SMALL = ModelUsage(model="openai:small", calls=1, input_tokens=30, output_tokens=3, usd=0.2)
OWN = ModelUsage(model="ollama:own", calls=4, input_tokens=1, output_tokens=1, unpriced=4)


def test_a_usage_is_the_sum_of_its_models_each_once_and_sorted() -> None:
    usage = Usage.of([SMALL, BIG, OWN, BIG], searches=3, pages=2)
    assert [each.model for each in usage.models] == ["ollama:own", "openai:big", "openai:small"]
    assert (usage.calls, usage.tokens, usage.usd, usage.unpriced) == (9, 255, 0.4, 4)
    assert (usage.searches, usage.pages) == (3, 2)
    assert usage.models[1] == ModelUsage(model="openai:big", calls=4, input_tokens=200, output_tokens=20, usd=0.2)


def test_adding_in_another_order_gives_the_same_to_the_last_digit() -> None:
    """Parallel tasks end in any order, but their sums must be equal in each checkpoint."""
    parts = [Usage.of([BIG.model_copy(update={"usd": usd})], searches=1) for usd in (0.1, 0.2, 0.3, 1e-9)]
    sums = {sum_usages(order) for order in permutations(parts)}
    assert len(sums) == 1
    assert sums.pop().usd == 0.600000001


def test_adding_nothing_changes_nothing() -> None:
    usage = Usage.of([BIG], searches=1, pages=1)
    assert add_usages(usage, Usage()) == add_usages(Usage(), usage) == usage
    assert sum_usages([]) == Usage()


def test_searches_and_pages_add_up_without_models() -> None:
    assert add_usages(Usage(searches=1), Usage(searches=2, pages=5)) == Usage(searches=3, pages=5)
