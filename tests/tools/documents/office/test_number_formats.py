"""Numbers as spreadsheets show them."""

import pytest

from outlast.tools.documents.office.sheets.format_codes import BUILT_IN
from outlast.tools.documents.office.sheets.number_formats import format_text, format_value


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (1800, "General", "1800"),
        (0.1 + 0.2, "General", "0.3"),
        (356938035643809, "General", "356938035643809"),
        (1234567890123456, "General", "1.23456789E+15"),
        (103, "@", "103"),
        (49301234567, '"Tel. "@', "49301234567"),
        (1234.5, "#,##0.00", "1,234.50"),
        (1234.5, "0", "1235"),
        (0.5, "#", "1"),
        (0.125, "0.0%", "12.5%"),
        (2.675, "0.00", "2.68"),
        (-12.5, "#,##0.00;(#,##0.00)", "(12.50)"),
        (-12.5, "0.0", "-12.5"),
        (-0.001, "0.0", "0.0"),
        (0, '0;-0;"none"', "none"),
        (5, "000", "005"),
        (1.5, "0.##", "1.5"),
        (2, "0.00#", "2.00"),
        (1800, '#,##0.00\\ "€"', "1,800.00 €"),
        (1800, "[$€-407] #,##0", "€ 1,800"),
        (1800, "#,##0 [$EUR]", "1,800 EUR"),
        (9, '_("$"* #,##0_)', "$9"),
        (12_000_000, '0.0,,"M"', "12.0M"),
        (0.00012, "0.00E+00", "1.20E-04"),
        (2.25, "# ?/?", "2 1/4"),
        (7, '[<10]"few";"many"', "few"),
        (70, '[<10]"few";"many"', "many"),
        (5, "[Red]0.0", "5.0"),
        (45292, BUILT_IN[14], "2024-01-01"),
        (45292, "dd/mm/yyyy", "01/01/2024"),
        (45292, "d. mmmm yyyy", "1. January 2024"),
        (45292.75, "yyyy-mm-dd hh:mm", "2024-01-01 18:00"),
        (0.75, "h:mm AM/PM", "6:00 PM"),
        (0.5 + 5 / 1440, "hh:mm:ss", "12:05:00"),
        (1.5, "[h]:mm", "36:00"),
        (59, "yyyy-mm-dd", "1900-02-28"),
        (61, "yyyy-mm-dd", "1900-03-01"),
        (45292, "ddd d mmm yy", "Mon 1 Jan 24"),
        (-1, "yyyy-mm-dd", "-1"),
        (3, '"No. "0', "No. 3"),
        (3, ";;;", ""),
        (49301234567, "0000 000 0000", "4930 123 4567"),
    ],
)
def test_numbers_are_written_as_they_are_shown(value: float, code: str, shown: str):
    assert format_value(value, code) == shown


def test_dates_of_old_macs_count_from_1904():
    assert format_value(0, "yyyy-mm-dd", from_1904=True) == "1904-01-01"


def test_texts_have_a_section_of_their_own():
    assert format_text("Norby", '0;0;0;"Port of "@') == "Port of Norby"
    assert format_text("Norby", "0.00") == "Norby"
    assert format_text("Norby", ";;;") == ""
