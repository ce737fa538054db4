import pytest

from bench.eval.asking import CONFIDENCE_BY_EVIDENCE, confidence_of
from bench.eval.calibration import Bin, Judged, calibration_error, reliability, reliability_table
from outlast.evidence.report import Evidence, Section


def reports(confidence: float, right: int, wrong: int) -> list[Judged]:
    return [Judged(confidence, right=number < right) for number in range(right + wrong)]


def test_who_is_right_as_often_as_he_says_has_no_error() -> None:
    assert calibration_error([*reports(0.75, 3, 1), *reports(0.5, 1, 1)]) == 0
    assert calibration_error([]) == 0


def test_the_error_is_the_mean_distance_weighted_by_reports() -> None:
    assert calibration_error([*reports(0.9, 0, 1), *reports(0.2, 0, 3)]) == pytest.approx((0.9 + 3 * 0.2) / 4)


def test_the_diagram_has_a_bin_for_each_tenth_that_has_reports() -> None:
    assert reliability([*reports(1.0, 1, 0), *reports(0.05, 0, 2)]) == [Bin(0.0, 2, 0.05, 0.0), Bin(0.9, 1, 1.0, 1.0)]
    assert len(reliability_table(reports(0.5, 1, 1)).splitlines()) == 2


def test_the_confidence_of_a_report_is_its_own_figure_even_if_it_is_zero() -> None:
    def section(evidence: Evidence, confidence: float | None) -> Section:
        return Section(heading="", evidence=evidence, confidence=confidence, claims=())

    assert confidence_of([section(Evidence.NONE, 0.0)]) == 0.0
    assert confidence_of([section(Evidence.NONE, 0.1), section(Evidence.WEAK, 0.6)]) == 0.6
    assert confidence_of([section(Evidence.STRONG, None)]) == CONFIDENCE_BY_EVIDENCE[Evidence.STRONG]
    assert confidence_of([]) == 0.0
