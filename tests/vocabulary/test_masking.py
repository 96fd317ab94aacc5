"""Numbers and names are hidden however they are written, and nothing else is."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.vocabulary.masking import mask, mask_name, mask_phone

MOBILE = "13812345678"
IDENTITY = "142701198001011234"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("电话13812345678请回", "电话138****5678请回"),
        ("138 1234 5678", "138****5678"),
        ("138-1234-5678", "138****5678"),
        ("１３８１２３４５６７８", "138****5678"),
        ("138　1234　5678", "138****5678"),
        ("+86 13812345678", "+86 138****5678"),
        ("8613812345678", "86138****5678"),
        ("008613812345678", "0086138****5678"),
        ("013812345678", "0138****5678"),
        ("tel:13812345678,15912345678", "tel:138****5678,159****5678"),
        ("0359-2021234", "0359-****34"),
        ("（0359）2021234", "（0359）****34"),
        ("03592021234", "0359****34"),
        ("010-62345678", "010-****78"),
        ("联系电话：2021234", "联系电话：****34"),
        ("call (617) 555-0123", "call (617)****23"),
        ("身份证142701198001011234", "身份证142701****1234"),
        ("14270119800101123X", "142701****123X"),
        ("14270119800101123ｘ。", "142701****123x。"),
        ("142701 19800101 1234", "142701****1234"),
        ("１４２７０１１９８００１０１１２３４", "142701****1234"),
    ],
)
def test_a_number_is_hidden(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "",
        "道路积水",
        "请拨打12345或110、95598",
        "工单号 202607120001234",  # 15 digits
        "GD20260712138123456780",  # 20 digits
        "网格 140802001001001",
        "设备 14080200001320000001",  # GB/T 28181
        "2026-07-12 13:05:11",
        "111.0070, 35.0228",
        "订单123456789012345678",  # 18 digits, but no date of birth in them
        "晋M12345",
    ],
)
def test_everything_else_stays(text: str) -> None:
    assert mask(text) == text


def test_an_18_digit_order_number_with_a_date_in_it_is_hidden_too() -> None:
    # Safety before looks: nothing tells it from an identity number.
    assert mask("140800202607120001") == "140800****0001"


def test_the_petitioners_name_is_hidden_where_it_stands_in_the_text() -> None:
    assert mask("张三丰反映停水", ("张三丰",)) == "张*反映停水"
    assert mask("王府反映停水", ("王",)) == "王府反映停水"


@pytest.mark.parametrize(
    ("name", "masked"), [("张三", "张*"), (" 欧阳修 ", "欧*"), ("John Smith", "J*"), ("", ""), ("  ", "")]
)
def test_a_name_keeps_its_first_character(name: str, masked: str) -> None:
    assert mask_name(name) == masked


@pytest.mark.parametrize(
    ("phone", "masked"),
    [("13812345678", "138****5678"), ("2021234", "****34"), ("ext 12", "****"), ("", ""), ("1234567", "****67")],
)
def test_a_telephone_field_is_hidden_whatever_its_form(phone: str, masked: str) -> None:
    assert mask_phone(phone) == masked


_between = st.sampled_from(["", " ", "-", "　", "－", "·", " - "[:2]])
_width = st.sampled_from([str, lambda digit: chr(ord(digit) + ord("０") - ord("0"))])


@st.composite
def _written(draw: st.DrawFn, number: str) -> str:
    return "".join(draw(_width)(digit) + draw(_between) for digit in number).rstrip(" -　－·")


@given(
    st.text(alphabet=st.characters(exclude_categories=("Nd",), exclude_characters="*")),
    st.sampled_from([MOBILE, IDENTITY]).flatmap(lambda n: st.tuples(st.just(n), _written(n))),
    st.text(alphabet=st.characters(exclude_categories=("Nd",), exclude_characters="*")),
)
def test_no_spacing_or_width_lets_a_number_through(before: str, number: tuple[str, str], after: str) -> None:
    plain, written = number
    digits = re.sub(r"\D", "", mask(f"{before}{written}{after}").translate({0xFF10 + n: str(n) for n in range(10)}))
    assert plain not in digits
    assert len(digits) <= len(plain) - 4


@given(st.text() | st.text(alphabet="0123456789０１ -*()电话X+"))
def test_masking_twice_changes_nothing_more(text: str) -> None:
    assert mask(mask(text)) == mask(text)


@given(st.lists(st.sampled_from(["1", "3", " ", "-", "电话", "0", "86", "9"]), max_size=400).map("".join))
def test_no_text_makes_it_slow_or_fail(text: str) -> None:
    mask(text)
