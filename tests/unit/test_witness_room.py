"""A witness's configuration, what it has seen, and its desk when the head moves underneath it."""

import stat
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from exchange.config import ConfigError
from exchange.witness.desk import WitnessDesk
from exchange.witness.errors import HeadMovedError, HeadsError
from exchange.witness.heads import Heads, create_heads
from exchange.witness.options import load_witness
from signer.checkpoint import Checkpoint, format_checkpoint
from signer.cosignature import Cosigner, WitnessKey, read_cosignature
from signer.note import sign_note
from signer.witnessing import UNSEEN, AddCheckpoint, Head, format_request
from tests.fakes.audit_world import log_key
from tests.fakes.signing import Pair

KEY, PRIVATE = log_key()
PAIR = Pair("EdDSA")
WITNESS = WitnessKey("witness.example/w", PAIR.public)
FIRST = '[witness]\nname = "witness.example/w"\n'
LOG = f'[[logs]]\nvkey = "{KEY.vkey}"\n'


def note(size, root):
    return sign_note(format_checkpoint(Checkpoint(KEY.name, size, root)), [(KEY, PRIVATE.sign)])


@pytest.fixture
def heads(tmp_path):
    create_heads(tmp_path / "heads.sqlite")
    made = Heads(tmp_path / "heads.sqlite")
    yield made
    made.close()


def test_a_head_moves_only_from_where_it_is_and_survives(tmp_path, heads):
    one, two = Head(1, bytes([1]) * 32), Head(2, bytes([2]) * 32)
    assert heads.head("log") == UNSEEN
    heads.advance("log", UNSEEN, one)
    for wrong in (UNSEEN, two, Head(1, bytes(32))):
        with pytest.raises(HeadMovedError):
            heads.advance("log", wrong, two)
    heads.advance("log", one, two)
    heads.advance("log", two, two)
    assert heads.head("other") == UNSEEN
    again = Heads(tmp_path / "heads.sqlite")
    assert again.head("log") == two
    again.close()


def test_what_was_seen_is_made_once_and_never_anew(tmp_path, heads):
    assert stat.S_IMODE((tmp_path / "heads.sqlite").stat().st_mode) == 0o600
    with pytest.raises(HeadsError, match="never begun anew"):
        create_heads(tmp_path / "heads.sqlite")
    with pytest.raises(HeadsError, match="is gone"):
        Heads(tmp_path / "absent.sqlite")
    (tmp_path / "broken.sqlite").write_bytes(b"x" * 4096)
    with pytest.raises(HeadsError, match="cannot be used"):
        Heads(tmp_path / "broken.sqlite").head("log")


class Moving:
    """Heads that another process moves between the decision and the keeping."""

    def __init__(self):
        self.asked = 0

    def head(self, origin):
        self.asked += 1
        return UNSEEN if self.asked == 1 else Head(7, bytes(32))

    def advance(self, origin, old, new):
        raise HeadMovedError(origin)


def desk_over(heads, clock=lambda: 1000.9):
    return WitnessDesk(WITNESS, PAIR.sign, {KEY.name: [KEY]}, heads, clock)


def test_a_head_that_moves_meanwhile_is_a_conflict_and_nothing_is_signed():
    answer = desk_over(Moving()).add_checkpoint(format_request(AddCheckpoint(0, (), note(5, bytes(32)))))
    assert (answer.status, answer.body) == (409, "7\n")


class AtOnce:
    """Real heads, of which all who ask at once are answered before any goes on."""

    def __init__(self, heads, count):
        self._heads = heads
        self._barrier = threading.Barrier(count, timeout=60)
        self._waits = threading.Semaphore(count)

    def head(self, origin):
        seen = self._heads.head(origin)
        if self._waits.acquire(blocking=False):
            self._barrier.wait()
        return seen

    def advance(self, origin, old, new):
        self._heads.advance(origin, old, new)


def test_of_requests_decided_from_one_head_a_single_one_is_cosigned(heads):
    desk = desk_over(AtOnce(heads, 8))
    bodies = [format_request(AddCheckpoint(0, (), note(5, bytes([at]) * 32))) for at in range(8)]
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(desk.add_checkpoint, bodies))
    assert sorted(answer.status for answer in answers) == [200] + [409] * 7
    won = next(at for at, answer in enumerate(answers) if answer.status == 200)
    assert heads.head(KEY.name) == Head(5, bytes([won]) * 32)


def test_the_clock_never_runs_back(heads):
    times = iter([1000.9, 900.0, 1100.0])
    desk = desk_over(heads, lambda: next(times))
    body, signed = format_request(AddCheckpoint(0, (), note(0, UNSEEN.root))), note(0, UNSEEN.root)
    told = [read_cosignature(signed, desk.add_checkpoint(body).body.encode(), WITNESS)[1] for _ in range(3)]
    assert told == [Cosigner(WITNESS, 1000), Cosigner(WITNESS, 1000), Cosigner(WITNESS, 1100)]


def written(folder, text):
    path = folder / "witness.toml"
    path.write_text(text)
    return path


def test_a_configuration_and_its_defaults(tmp_path):
    other = Pair("EdDSA")
    from signer.note import NoteKey

    new = NoteKey("log.onceonly.example", other.public)
    renamed = f'[[logs]]\nvkey = "{new.vkey}"\norigin = "{KEY.name}"\n'
    config = load_witness(written(tmp_path, FIRST + LOG + renamed))
    assert config.watched() == {KEY.name: (KEY, new)}
    assert config.witness.address == "127.0.0.1:7460"
    assert config.heads == tmp_path / "witness" / "heads.sqlite"
    assert config.witness.passphrase_file == tmp_path / "witness-passphrase"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", r"\[witness\]"),
        (FIRST, r"\[logs\]"),
        (LOG, r"\[witness\]"),
        (FIRST + "logs = []\n", r"logs"),
        (FIRST + '[[logs]]\nvkey = "x"\n', "verifier key"),
        (FIRST + f'[[logs]]\nvkey = "{WITNESS.vkey}"\n', "verifier key"),
        ('[witness]\nname = "a b"\n' + LOG, "without spaces"),
        (FIRST + 'passphrase = "x"\n' + LOG, "passphrase"),
        (FIRST + 'certificate = "a.pem"\n' + LOG, "both or neither"),
        (FIRST + 'address = "nowhere"\n' + LOG, "host:port"),
        ("[witness\n", "not TOML"),
        ("#" * 300_000, "larger than"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path, text, problem):
    with pytest.raises(ConfigError, match=problem):
        load_witness(written(tmp_path, text))


def test_a_configuration_that_is_not_there(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load_witness(tmp_path / "absent.toml")
