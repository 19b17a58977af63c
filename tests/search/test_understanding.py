"""What is read in a query: its words, and the filters in it, each with the part of the text that says it."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.search.rules import Query
from market.search.understanding import CHIPS, Understood, understand
from market.search.vocabulary import Facts, make_lexicon

TODAY = date(2026, 11, 25)  # a Wednesday
LEXICON = make_lexicon(
    Facts(
        places=(("liuyuan", "柳园社区", "Liuyuan"), ("baihe", "白河社区", "Baihe"), ("heyan", "河沿街道", "Heyan Street")),
        categories=(("sports", "运动健身", "Sport and movement"), ("housekeeping", "家政保洁", "Housekeeping")),
    )
)  # fmt: skip


def read(text: str, *, ignore: str = "", **asked: Any) -> Understood:
    return understand(Query(today=TODAY, text=text, **asked), LEXICON, ignore=filter(None, ignore.split(",")))


def words(text: str, **more: Any) -> list[str]:
    return [word.text for word in read(text, **more).query.asked if not word.is_weak]


@pytest.mark.parametrize(
    ("typed", "chips", "left"),
    [
        ("瑜伽", {}, ["瑜伽"]),
        ("周六下午 二胡", {"weekday": "5", "time": "afternoon"}, ["二胡"]),
        ("我想找周六下午的二胡课", {"weekday": "5", "time": "afternoon"}, ["二胡"]),
        ("給老人送飯", {"audience": "elder"}, ["送饭"]),
        ("免费理发", {"free": "true"}, ["理发"]),
        ("免費剪頭髮", {"free": "true"}, ["剪头发"]),
        ("100元以下的瑜伽", {"price": "10000"}, ["瑜伽"]),
        ("瑜伽 不超过五十块", {"price": "5000"}, ["瑜伽"]),
        ("一百二十元以内 推拿", {"price": "12000"}, ["推拿"]),
        ("yoga under 80 yuan", {"price": "8000"}, ["yoga"]),
        ("20块左右的午饭", {"price": "2400"}, ["午饭"]),
        ("明天晚上 跳舞", {"date": "2026-11-26/2026-11-26", "time": "evening"}, ["跳舞"]),
        ("今晚唱歌", {"date": "2026-11-25/2026-11-25", "time": "evening"}, ["唱歌"]),
        ("yoga tomorrow morning", {"date": "2026-11-26/2026-11-26", "time": "morning"}, ["yoga"]),
        ("下周三 针灸", {"date": "2026-12-02/2026-12-02"}, ["针灸"]),
        ("12月5日 陶艺", {"date": "2026-12-05/2026-12-05"}, ["陶艺"]),
        ("本周 广场舞", {"date": "2026-11-25/2026-11-29"}, ["广场舞"]),
        ("周一到周五 午餐", {"weekday": "0,1,2,3,4"}, ["午餐"]),
        ("周末 亲子烘焙", {"weekday": "5,6", "audience": "child"}, ["烘焙"]),
        ("saturday afternoon pottery", {"weekday": "5", "time": "afternoon"}, ["pottery"]),
        ("下午三点 古筝", {"time": "afternoon"}, ["古筝"]),
        ("柳园 瑜伽", {"community": "liuyuan"}, ["瑜伽"]),
        ("柳园社区的瑜伽", {"community": "liuyuan"}, ["瑜伽"]),
        ("运动健身", {"category": "sports"}, []),
        ("运动健身 周六", {"category": "sports", "weekday": "5"}, []),
        ("能坐30人的教室", {"people": "30"}, ["教室"]),
        ("租场地", {"kind": "space"}, []),
        ("下午茶", {}, ["下午茶"]),
        ("早餐", {}, ["早餐"]),
        ("日托", {}, ["日托"]),
        ("气功", {}, ["气功"]),
        ("free haircut for grandpa", {"free": "true", "audience": "elder"}, ["haircut"]),
        ("freedom", {}, ["freedom"]),
        ("satisfaction", {}, ["satisfaction"]),
        ("repair air con", {}, ["repair", "air con"]),
        ("c级锁芯", {}, ["c", "级", "锁芯"]),
        ("！？🧘", {}, []),
    ],
)  # fmt: skip
def test_filters_are_read_and_the_rest_are_words(typed: str, chips: dict[str, str], left: list[str]) -> None:
    assert {chip.kind: chip.value for chip in read(typed).chips} == chips
    assert words(typed) == left


def test_a_chip_says_in_both_languages_what_it_means_and_shows_the_text_it_came_from() -> None:
    [price, weekday] = sorted(read("周六 100元以下").chips, key=lambda chip: chip.kind)
    assert (weekday.label, weekday.label_en, weekday.text) == ("周六", "Saturday", "周六")
    assert (price.label, price.label_en, price.text) == ("不超过 100 元", "Up to 100 yuan", "100元以下")


def test_a_filter_taken_back_is_a_word_or_nothing() -> None:
    taken = read("柳园周六瑜伽", ignore="community,weekday")
    assert taken.chips == () and taken.query.community is None and not taken.query.weekdays
    assert words("柳园周六瑜伽", ignore="community,weekday") == ["柳园", "瑜伽"]


def test_what_is_chosen_by_hand_wins_over_what_is_typed() -> None:
    read_by_hand = read("柳园 瑜伽 周六 100元以下", community="baihe", day_from=TODAY, max_price=500)
    assert (read_by_hand.query.community, read_by_hand.query.max_price) == ("baihe", 500)
    assert not read_by_hand.query.weekdays and read_by_hand.chips == ()
    assert [word.text for word in read_by_hand.query.asked] == ["瑜伽"]


def test_synonyms_come_with_the_word() -> None:
    [meal] = read("送饭").query.asked
    assert "助老送餐" in meal.same and "送饭" not in meal.same
    assert [word.text for word in read("课").query.asked] == ["课"]  # alone, a weak word is all there is
    assert not read("课").query.asked[0].is_weak


def test_two_weekdays_are_one_chip() -> None:
    read_both = read("周二 周四 书法")
    assert read_both.query.weekdays == {1, 3}
    assert [(chip.value, chip.label) for chip in read_both.chips] == [("1,3", "周二、周四")]


@given(st.text(max_size=200))
def test_any_text_is_read_without_a_fault(text: str) -> None:
    found = read(text)
    assert {chip.kind for chip in found.chips} <= set(CHIPS)
    assert len(found.query.asked) <= 24
