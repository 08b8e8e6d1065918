"""The objects interface: what every engine must do."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from storage_engines import LASTING_OBJECTS, OBJECTS, open_objects

from storage.errors import LimitExceededError, ObjectExistsError, ObjectNotFoundError

NAMES = ["a-b", "a.b", "a/b", "a/b.c", "a/b/c", "a0", "A/b", "log/tile/0/x001/067", "z", "a/b-c/d", ".x/..y"]


@pytest.fixture(params=OBJECTS)
def objects(request, tmp_path):
    opened = open_objects(request.param, tmp_path)
    yield opened
    opened.close()


def test_create_once_accepts_the_same_bytes_only(objects):
    objects.create("credentials/ab/cd", b"one")
    objects.create("credentials/ab/cd", b"one")
    with pytest.raises(ObjectExistsError):
        objects.create("credentials/ab/cd", b"two")
    assert objects.get("credentials/ab/cd") == b"one"
    objects.create("empty", b"")
    assert (objects.get("empty"), objects.exists("empty")) == (b"", True)


def test_replace_makes_or_changes(objects):
    objects.replace("log/checkpoint", b"one")
    objects.replace("log/checkpoint", b"two")
    assert objects.get("log/checkpoint") == b"two"
    with pytest.raises(ObjectExistsError):
        objects.create("log/checkpoint", b"three")


def test_what_is_absent_is_told(objects):
    objects.create("a/b", b"")
    for name in ("x", "a/x", "x/y/z", "A/b", "a"):
        assert not objects.exists(name)
        with pytest.raises(ObjectNotFoundError):
            objects.get(name)


def test_delete_removes_and_may_repeat(objects):
    objects.create("a/b", b"1")
    objects.create("a/c", b"2")
    for _ in range(2):
        objects.delete("a/b")
        objects.delete("never/was")
    assert objects.names() == ["a/c"]
    objects.create("a/b", b"3")
    assert objects.get("a/b") == b"3"


def test_names_come_in_byte_order_by_prefix_and_page(objects):
    names = [name for name in NAMES if name != "a/b"]
    for name in names:
        objects.create(name, name.encode())
    for prefix in ("", "a", "a/", "a/b", "a/b/", "log/tile", "log/tile/0/x001/067", ".", "none", "a/b-c/d/e"):
        expected = sorted(name for name in names if name.startswith(prefix))
        assert objects.names(prefix) == list(objects.walk(prefix)) == expected
    seen, after = [], ""
    while page := objects.names(after=after, limit=3):
        seen += page
        after = page[-1]
    assert seen == sorted(names)
    assert objects.names("a/", after="a/b-c/d", limit=1) == ["a/b.c"]


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/",
        "/a",
        "a/",
        "a//b",
        ".",
        "..",
        "a/../b",
        "../a",
        "a/./b",
        "a b",
        "a\0",
        "a\n",
        "é",
        "a~",
        "~incoming/x",
        "a\\b",
        "x" * 201,
        "/".join(["x" * 60] * 5),
    ],
)
def test_bad_names_are_refused_everywhere(objects, name):
    for attempt in (
        lambda: objects.create(name, b""),
        lambda: objects.replace(name, b""),
        lambda: objects.get(name),
        lambda: objects.exists(name),
        lambda: objects.delete(name),
    ):
        with pytest.raises(LimitExceededError):
            attempt()
    assert objects.names() == []


def test_questions_and_bodies_are_bounded(objects):
    for attempt in (
        lambda: objects.names("a b"),
        lambda: objects.names("x" * 301),
        lambda: objects.names(after="é"),
        lambda: objects.names(limit=0),
        lambda: objects.names(limit=1_001),
        lambda: objects.walk("~"),
        lambda: objects.create("a", bytes((64 << 20) + 1)),
        lambda: objects.replace("a", bytes((64 << 20) + 1)),
    ):
        with pytest.raises(LimitExceededError):
            attempt()


def test_the_longest_name_works(objects):
    name = f"{'x' * 200}/{'y' * 99}"
    objects.create(name, b"1")
    assert objects.names() == [name]


def test_one_of_sixteen_creators_wins(objects):
    start = threading.Barrier(16)

    def create(number):
        start.wait()
        try:
            objects.create("new/folder/one", b"%d" % number * 1_000)
        except ObjectExistsError:
            return None
        return b"%d" % number * 1_000

    with ThreadPoolExecutor(16) as pool:
        winners = [body for body in pool.map(create, range(16)) if body is not None]
    assert winners == [objects.get("new/folder/one")]
    assert objects.names() == ["new/folder/one"]


def test_readers_see_old_or_new_bytes_never_a_mixture(objects):
    bodies = [b"%d" % number * 50_000 for number in range(2)]
    objects.replace("one", bodies[0])
    with ThreadPoolExecutor(1) as pool:
        writer = pool.submit(lambda: [objects.replace("one", bodies[number % 2]) for number in range(40)])
        while not writer.done():
            assert objects.get("one") in bodies
        writer.result()


@pytest.mark.parametrize("engine", LASTING_OBJECTS)
def test_what_was_put_is_there_after_reopening(engine, tmp_path):
    objects = open_objects(engine, tmp_path)
    objects.create("a/b", b"1")
    objects.close()
    again = open_objects(engine, tmp_path)
    assert again.get("a/b") == b"1"
    again.close()
