"""An audience as a person checks it, and as the database keeps it."""

import json

import pytest
from sqlalchemy.orm import Session

from subscriptions.audience import Audience, names_every_group, sentence
from subscriptions.exclusion_reasons import ExclusionReason
from subscriptions.tables.households import Tag
from subscriptions.tables.places import GroupKind, ResidentialGroup, Ward, WardKind
from templates import read_words
from tests.builders.people import a_group

PENSIONERS = frozenset({Tag.PENSIONER})


@pytest.fixture
def twelve(session: Session, ward: Ward) -> list[ResidentialGroup]:
    """Give Tổ 1 to Tổ 12, not added in order."""
    numbers = [12, *range(1, 12)]
    groups = [a_group(session, ward, number=number) for number in numbers]
    return sorted(groups, key=lambda group: group.number)


def ids(groups: list[ResidentialGroup]) -> frozenset[int]:
    return frozenset(group.id for group in groups)


def numbered(groups: list[ResidentialGroup], *numbers: int) -> frozenset[int]:
    return frozenset(group.id for group in groups if group.number in numbers)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (WardKind.WARD, "Toàn phường"),
        (WardKind.COMMUNE, "Toàn xã"),
        (WardKind.SPECIAL_ZONE, "Toàn đặc khu"),
    ],
)
def test_all_groups_are_named_by_the_kind_of_the_ward(
    session: Session, ward: Ward, kind: WardKind, words: str
) -> None:
    ward.kind = kind
    session.flush()
    assert sentence(session, Audience(group_ids=None), ward_id=ward.id) == words


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        pytest.param(range(1, 13), "Tổ 1–12", id="a-run"),
        pytest.param((5,), "Tổ 5", id="one"),
        pytest.param((4, 5), "Tổ 4, 5", id="two-are-no-run"),
        pytest.param((1, 2, 3, 6, 9, 10, 11, 12), "Tổ 1–3, 6, 9–12", id="gaps"),
    ],
)
def test_groups_that_follow_one_another_are_named_in_short(
    session: Session,
    ward: Ward,
    twelve: list[ResidentialGroup],
    numbers: tuple[int, ...],
    words: str,
) -> None:
    audience = Audience(group_ids=numbered(twelve, *numbers))
    assert sentence(session, audience, ward_id=ward.id) == words


def test_groups_with_names_of_their_own_keep_them(session: Session, ward: Ward) -> None:
    groups = [
        a_group(session, ward, number=1, name="Thôn 1", kind=GroupKind.VILLAGE),
        a_group(session, ward, number=2, name="Thôn 02", kind=GroupKind.VILLAGE),
        a_group(session, ward, number=3, name="Thôn 3", kind=GroupKind.VILLAGE),
        a_group(session, ward, number=4, name="Thôn Đoài", kind=GroupKind.VILLAGE),
        a_group(session, ward, number=5, name="Tổ 5A"),
    ]
    audience = Audience(group_ids=ids(groups))
    words = sentence(session, audience, ward_id=ward.id)
    assert words == "Thôn 1–3, Thôn Đoài, Tổ 5A"


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        pytest.param(PENSIONERS, "Tổ 1–12 · hưu trí", id="one"),
        pytest.param(
            PENSIONERS | {Tag.ELDERLY},
            "Tổ 1–12 · hưu trí hoặc người cao tuổi",
            id="two",
        ),
    ],
)
def test_tags_narrow_the_sentence(
    session: Session,
    ward: Ward,
    twelve: list[ResidentialGroup],
    tags: frozenset[Tag],
    words: str,
) -> None:
    audience = Audience(group_ids=ids(twelve), tags=tags)
    assert sentence(session, audience, ward_id=ward.id) == words


def test_exclusions_and_single_households_are_said(
    session: Session, ward: Ward, twelve: list[ResidentialGroup]
) -> None:
    audience = Audience(
        group_ids=numbered(twelve, 1, 2, 3, 4),
        household_ids=frozenset({7, 8}),
        tags=PENSIONERS,
        excluded_group_ids=numbered(twelve, 3),
        excluded_household_ids=frozenset({9}),
    )
    words = sentence(session, audience, ward_id=ward.id)
    assert words == "Tổ 1–4 và 2 hộ chọn riêng, trừ Tổ 3 và 1 hộ · hưu trí"


def test_an_exclusion_of_the_whole_ward_is_said(
    session: Session, ward: Ward, twelve: list[ResidentialGroup]
) -> None:
    audience = Audience(group_ids=None, excluded_group_ids=numbered(twelve, 5))
    words = sentence(session, audience, ward_id=ward.id)
    assert words == "Toàn phường, trừ Tổ 5"


def test_an_empty_form_says_that_nobody_is_chosen(session: Session, ward: Ward) -> None:
    assert sentence(session, Audience(), ward_id=ward.id) == "Chưa chọn ai"


def test_groups_ticked_one_by_one_are_the_whole_ward_too(
    session: Session, ward: Ward, twelve: list[ResidentialGroup]
) -> None:
    def is_whole(audience: Audience) -> bool:
        return names_every_group(session, audience, ward_id=ward.id)

    assert is_whole(Audience(group_ids=None))
    assert is_whole(Audience(group_ids=ids(twelve)))
    assert not is_whole(Audience(group_ids=ids(twelve[:-1])))
    assert not is_whole(Audience(group_ids=None, tags=PENSIONERS))


@pytest.mark.parametrize(
    "audience",
    [
        pytest.param(Audience(), id="nobody"),
        pytest.param(Audience(group_ids=None), id="everybody"),
        pytest.param(
            Audience(
                group_ids=frozenset({3, 1, 2}),
                household_ids=frozenset({9}),
                tags=PENSIONERS | {Tag.ELDERLY},
                excluded_group_ids=frozenset({5, 4}),
                excluded_household_ids=frozenset({8}),
            ),
            id="everything",
        ),
    ],
)
def test_an_audience_is_stored_and_read_back(audience: Audience) -> None:
    stored = json.loads(json.dumps(audience.to_json()))
    assert Audience.from_json(stored) == audience


def test_one_audience_is_always_stored_the_same() -> None:
    def stored(*group_ids: int) -> str:
        return json.dumps(Audience(group_ids=frozenset(group_ids)).to_json())

    assert stored(300, 1, 20) == stored(20, 300, 1)


def test_every_tag_and_every_reason_has_its_words() -> None:
    assert set(read_words("tags")) == set(Tag)
    assert set(read_words("exclusion_reasons")) == set(ExclusionReason)
