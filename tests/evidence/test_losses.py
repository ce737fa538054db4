from outlast.evidence.losses import ABSENT, Loss, LossKind, describe_losses


def test_losses_are_described_kind_by_kind() -> None:
    losses = [Loss(kind=LossKind.SCAN, place=f"page {number}") for number in range(2, 7)]
    losses.append(Loss(kind=LossKind.HIDDEN, words=3))
    described = describe_losses(losses)
    assert described == "pages without text: page 2, page 3, page 4 and 2 more; text that no reader sees (3 words)"


def test_a_scan_may_hide_words_and_navigation_hides_none() -> None:
    assert Loss(kind=LossKind.SCAN).may_hide_words
    assert not Loss(kind=LossKind.NAVIGATION, words=5).may_hide_words
    assert LossKind.HIDDEN not in ABSENT
