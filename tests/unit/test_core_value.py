"""Value: the record that all events, actions and settings are made of."""

from __future__ import annotations

import pytest

from initd.core.value import Value


class Point(Value):
    """Two fields, one with a default."""

    x: int
    y: int = 7


class Named(Point):
    """A field more."""

    name: str = "origin"


class Other(Value):
    """Looks like Point and is none."""

    x: int
    y: int = 7


class Wide(Value, kw_only=True):
    """Too many fields to count positions."""

    x: int
    y: int = 7


class Nothing(Value):
    """No fields at all."""


def test_fields_are_given_in_order_by_name_or_by_default() -> None:
    """Like a dataclass."""
    assert Point(1) == Point(1, 7) == Point(x=1) == Point(1, y=7) == Point(y=7, x=1)
    assert (Point(1).x, Point(1).y, Point(1, 2).y) == (1, 7, 2)


def test_a_subclass_has_the_fields_of_its_base_first() -> None:
    """With their defaults."""
    assert (Named(1).x, Named(1).y, Named(1).name) == (1, 7, "origin")
    assert Named(1, 2, "here") == Named(1, name="here", y=2)


@pytest.mark.parametrize(
    ("args", "named", "sentence"),
    [
        ((), {}, "Point needs a value for 'x'"),
        ((1, 2, 3), {}, "Point takes 2 positional values"),
        ((1,), {"z": 3}, "Point got an unexpected field 'z'"),
        ((1, 2), {"y": 3}, "Point got an unexpected field 'y'"),
    ],
)
def test_too_few_too_many_and_unknown_fields_are_refused(
    args: tuple[int, ...], named: dict[str, int], sentence: str
) -> None:
    """With the class and the field in the sentence."""
    with pytest.raises(TypeError, match=sentence):
        Point(*args, **named)


def test_a_record_declared_so_is_built_by_keyword_alone() -> None:
    """And the type checker says so before: it wants the comments below."""
    assert (Wide(x=1).x, Wide(y=2, x=1).y) == (1, 2)
    with pytest.raises(TypeError, match="Wide takes 0 positional values"):
        Wide(1)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="Wide needs a value for 'x'"):
        Wide(y=2)  # type: ignore[call-arg]


def test_a_value_never_changes() -> None:
    """Neither a field nor anything new can be set on it."""
    point = Point(1)
    with pytest.raises(AttributeError, match="Point can't be changed"):
        setattr(point, "x", 2)
    with pytest.raises(AttributeError):
        setattr(point, "z", 2)
    assert not hasattr(point, "__dict__")


def test_equality_is_of_the_class_and_of_every_field() -> None:
    """Two classes with the same fields are two things."""
    assert Point(1) != Point(2)
    assert Point(1) != Other(1)
    assert Point(1) != Named(1)
    assert Point(1) != (1, 7)
    assert Nothing() == Nothing()


def test_equal_values_are_one_key() -> None:
    """They hash alike."""
    assert len({Point(1), Point(1, 7), Point(2), Nothing(), Nothing()}) == 3


def test_a_value_shows_its_fields_and_matches_by_them() -> None:
    """repr for people, __match_args__ for match statements."""
    assert repr(Named(1)) == "Named(x=1, y=7, name='origin')"
    assert repr(Nothing()) == "Nothing()"
    match Named(1, 2):
        case Named(x, y, name):
            assert (x, y, name) == (1, 2, "origin")
