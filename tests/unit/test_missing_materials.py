"""Files that are handed in: what they may be, where they are kept, and who reads them."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from exchange.cases.handing_in import MAX_MATERIALS, get_material
from exchange.cases.material_store import object_name
from exchange.cases.materials import MAX_BYTES
from exchange.entities.evidence import Language, MediaType, Signature
from exchange.errors import InvalidError, NotFoundError, RefusedError
from exchange.reasons import Reason
from signer.keys.files import FileKeyBackend
from storage.errors import CorruptError
from tests.fakes.licence_world import FOOD, LAND, MARKET, World, open_keys, open_world
from tests.fakes.missing_world import JPEG, PDF, PNG, Counter, ofd, prepare, promise, upload


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> FileKeyBackend:
    return open_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def world(tmp_path: Path, keys: FileKeyBackend) -> Iterator[World]:
    with open_world(tmp_path, keys=keys) as world:
        prepare(world)
        yield world


@pytest.fixture
def counter(world: World) -> Counter:
    return Counter(world)


def bad(run: Callable[..., Any], *args: Any, **options: Any) -> set[str]:
    with pytest.raises(InvalidError) as caught:
        run(*args, **options)
    return {violation.field for violation in caught.value.violations}


def encrypted_ofd() -> bytes:
    """The flag of the first part in the archive's directory says that it is encrypted."""
    whole = bytearray(ofd("OFD.xml"))
    whole[whole.rindex(b"PK\x01\x02") + 8] |= 1
    return bytes(whole)


GOOD = [
    (MediaType.PDF, PDF),
    (MediaType.PNG, PNG),
    (MediaType.JPEG, JPEG),
    (MediaType.OFD, ofd("OFD.xml", "Doc_0/Document.xml")),
]


@pytest.mark.parametrize(("media_type", "content"), GOOD)
def test_each_type_is_taken_for_itself_and_for_no_other(media_type: MediaType, content: bytes) -> None:
    assert not upload(content, media_type).problems()
    for other in MediaType:
        if other is not media_type:
            assert [each.field for each in upload(content, other).problems()] == ["content"]
    assert upload(content[:-1], media_type).problems() or media_type is MediaType.PDF


@pytest.mark.parametrize(
    "content",
    [
        PDF.replace(b"/Root", b"/Encrypt 2 0 R/Root"),
        PDF.replace(b"/Root", b"/#45ncrypt 2 0 R/Root"),
        PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</S/JavaScript/JS(x)>>"),
        PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</S/Launch>>"),
        b"%PDF-1.7\n",
        b"MZ" + PDF,
    ],
)
def test_a_pdf_that_is_locked_or_does_something_is_refused(content: bytes) -> None:
    assert [each.field for each in upload(content).problems()] == ["content"]


def test_a_name_that_only_begins_alike_is_no_script() -> None:
    assert not upload(PDF.replace(b"/Catalog", b"/Catalog/JSON 1/Encryption 2")).problems()


@pytest.mark.parametrize("content", [ofd("word/document.xml"), b"PK\x03\x04rubbish", encrypted_ofd()])
def test_an_archive_that_is_no_open_ofd_is_refused(content: bytes) -> None:
    assert [each.field for each in upload(content, MediaType.OFD).problems()] == ["content"]


def test_every_bad_field_of_a_file_is_told(counter: Counter) -> None:
    assert bad(counter.submit, "tax", upload(PDF, None, "00")) == {"media_type", "sha256"}
    assert bad(counter.submit, "tax", upload(b"")) == {"content"}
    assert bad(counter.submit, "tax", upload(b"", None, "00")) == {"content", "media_type", "sha256"}
    assert bad(counter.submit, "tax", upload(PDF[:-6] + bytes(MAX_BYTES) + PDF[-6:])) == {"content"}
    assert counter.view().evidence == ()


def test_a_file_is_sealed_named_by_nothing_and_read_back(world: World, counter: Counter) -> None:
    counter.submit("tax")
    material = counter.line("tax").materials[0]
    assert (material.size, material.media_type, material.time) == (len(PDF), MediaType.PDF, world.hub.clock.seconds)
    name = object_name(counter.case, material.digest)
    assert PDF[:20] not in world.objects.get(name)
    assert material.digest not in name
    assert counter.case not in name
    read = world.as_clerk(get_material, world.case_room, world.materials, counter.case, material.digest)
    assert read == (material, PDF)


def test_the_same_file_again_is_no_second_one(world: World, counter: Counter) -> None:
    counter.submit("tax")
    counter.submit("tax")
    assert len(counter.line("tax").materials) == 1
    counter.submit("deed")
    assert len(list(world.objects.walk("materials/"))) == 1


def test_an_object_that_was_put_before_a_crash_does_no_harm(world: World, counter: Counter) -> None:
    """Object first: the retry finds an object that nobody names, sealed with another nonce."""
    counter.submit("tax")
    other = Counter(world)
    material = counter.line("tax").materials[0]
    key = world.hub.vault.data_key(world.case_room.store.owner(other.view().case.parties[0].holder))
    world.materials.put(other.case, material, PDF, key)
    other.submit("tax")
    assert world.materials.content(other.case, other.line("tax").materials[0]) == PDF


def test_a_file_that_was_swapped_is_not_handed_out(world: World, counter: Counter) -> None:
    counter.submit("tax")
    counter.submit("deed", upload(PNG, MediaType.PNG))
    tax, deed = counter.line("tax").materials[0], counter.line("deed").materials[0]
    swapped = world.objects.get(object_name(counter.case, deed.digest))
    world.objects.replace(object_name(counter.case, tax.digest), swapped)
    with pytest.raises(CorruptError):
        world.materials.content(counter.case, tax)


def test_only_the_handling_department_reads_it(world: World, counter: Counter) -> None:
    counter.submit("tax")
    digest = counter.line("tax").materials[0].digest
    read = (get_material, world.case_room, world.materials, counter.case)
    with pytest.raises(NotFoundError) as unknown:
        world.hub.run(world.hub.caller(LAND, "issuer"), *read, digest)
    assert unknown.value.reasons == (Reason.CASE_NOT_YOURS,)
    with pytest.raises(NotFoundError) as caught:
        world.as_clerk(*read, "ab" * 32)
    assert caught.value.reasons == (Reason.MATERIAL_NOT_FOUND,)
    world.hub.clock.us = counter.view().case.expires_time * 1_000_000
    with pytest.raises(RefusedError) as late:
        world.as_clerk(*read, digest)
    assert late.value.reasons == (Reason.CASE_EXPIRED,)


def test_a_signed_paper_is_read_as_any_other_file(world: World, counter: Counter) -> None:
    made = counter.deferring("tax", validate_only=True)
    paper = promise(made.text_digest, language=Language.EN, signature=Signature.PAPER, paper=upload())
    counter.deferring("tax", deadline=made.deadline, promise=paper)
    digest = upload().sha256
    material, content = world.as_clerk(get_material, world.case_room, world.materials, counter.case, digest)
    assert (material.digest, content) == (digest, PDF)


def test_a_line_takes_so_many_files_and_no_line_takes_what_is_not_asked(counter: Counter) -> None:
    for number in range(MAX_MATERIALS):
        counter.submit("tax", upload(PDF + b"%%%d" % number))
    assert bad(counter.submit, "tax") == {"content"}
    for name in ("nothing", "seller_deed"):
        with pytest.raises(RefusedError) as caught:
            counter.submit(name)
        assert caught.value.reasons == (Reason.EVIDENCE_NOT_REQUIRED,)
    with pytest.raises(RefusedError):
        counter.submit("tax", matter=FOOD[:-1] + "9")
    counter.submit("extra", department=MARKET)
