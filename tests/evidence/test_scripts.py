import pytest

from outlast.evidence.words import is_unspaced_script


@pytest.mark.parametrize(
    "text", ["灯台はいつ建てられましたか", "灯塔是哪一年建成的?", "ประภาคารสร้างเมื่อใด", "1871年 灯台"]
)
def test_without_blanks(text: str) -> None:
    assert is_unspaced_script(text)


@pytest.mark.parametrize(
    "text",
    [
        "When was it built?",
        "Когда построен маяк?",
        "등대는 언제 지어졌습니까",
        "متى بنيت",
        "What does 灯台 mean here?",
        "",
        "1871",
    ],
)
def test_with_blanks(text: str) -> None:
    assert not is_unspaced_script(text)
