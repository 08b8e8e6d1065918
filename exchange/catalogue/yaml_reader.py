"""Reads one YAML document into plain data, strictly, and remembers the line of every value.

Rules:
1. Only what JSON can say: mappings with text keys, lists, text, integers, true, false and null. A plain ``2026-01-01``,
   ``001``, ``1.5``, ``no`` or ``.nan`` is text, so that no scalar changes its meaning by looking like something else.
2. Refused: repeated keys, anchors, aliases, tags, more than one document, more than the bounds below.
3. The parser works on events, so nothing is built for a document that is refused half way.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

MAX_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 12
MAX_NODES = 400_000
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml where PyYAML was built with it: ten times faster

_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,14}")
_WORDS: Mapping[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}

Path = tuple[str | int, ...]


class YamlTextError(ValueError):
    """The text is not a document this reader accepts; ``line`` counts from 1."""

    def __init__(self, line: int, en: str, zh: str) -> None:
        super().__init__(f"line {line}: {en}")
        self.line = line
        self.en = en
        self.zh = zh


@dataclass(frozen=True, slots=True)
class Document:
    """Plain data, and the line (from 1) where the value at each path begins."""

    value: Any
    lines: Mapping[Path, int]

    def line_of(self, path: Path) -> int:
        """The line of the value at ``path``, or of the nearest value around it."""
        while path not in self.lines and path:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_yaml(content: bytes) -> Document:
    """The one document in ``content`` (UTF-8, at most 4 MiB). Raises YamlTextError and nothing else."""
    if len(content) > MAX_BYTES:
        raise YamlTextError(1, f"is larger than {MAX_BYTES} bytes: split it", f"超过{MAX_BYTES}字节，请拆分")
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise YamlTextError(line, "is not UTF-8", "不是UTF-8编码") from error
    try:
        return _Builder(text).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = 1 if mark is None else mark.line + 1
        what = error.problem or "not YAML"
        raise YamlTextError(line, f"is not YAML here: {what}", f"此处不是合法的YAML：{what}") from error
    except yaml.YAMLError as error:
        raise YamlTextError(1, "has characters that YAML does not allow", "含有YAML不允许的字符") from error


class _Builder:
    """Builds plain data from the parser's events; lives for one document."""

    def __init__(self, text: str) -> None:
        self._events: Iterator[yaml.Event] = yaml.parse(text, Loader=LOADER)
        self._lines: dict[Path, int] = {}

    def document(self) -> Document:
        next(self._events)  # the stream's start
        if isinstance(next(self._events), yaml.StreamEndEvent):
            raise YamlTextError(1, "holds no document", "文件为空")
        value = self._value(next(self._events), ())
        next(self._events)  # the document's end
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise YamlTextError(_line(after), "holds a second document", "含有第二个文档")
        return Document(value, self._lines)

    def _value(self, event: yaml.Event, path: Path) -> Any:
        self._admit(event, path)
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            items: list[Any] = []
            while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
                items.append(self._value(event, (*path, len(items))))
            return items
        members: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._key(event, path)
            if key in members:
                raise YamlTextError(_line(event), f"repeats the key {key[:40]!r}", f"重复的键 {key[:40]!r}")
            members[key] = self._value(next(self._events), (*path, key))
        return members

    def _key(self, event: yaml.Event, path: Path) -> str:
        self._admit(event, path)
        if not isinstance(event, yaml.ScalarEvent):
            raise YamlTextError(_line(event), "has a key that is not text", "键应为文本")
        return _text(event)

    def _admit(self, event: yaml.Event, path: Path) -> None:
        """Refuses what rule 2 names, and remembers the line."""
        line = _line(event)
        if getattr(event, "anchor", None) is not None:  # of an alias, the anchor it means
            raise YamlTextError(
                line, "uses an anchor or an alias: write the value out", "不允许使用锚点或别名，请写出全文"
            )
        if getattr(event, "tag", None) is not None:
            raise YamlTextError(line, "uses a tag: only plain data is read", "不允许使用标签")
        if len(path) > MAX_DEPTH:
            raise YamlTextError(line, f"is nested more than {MAX_DEPTH} deep", f"嵌套超过{MAX_DEPTH}层")
        if len(self._lines) >= MAX_NODES:
            raise YamlTextError(line, f"has more than {MAX_NODES} values", f"超过{MAX_NODES}个值")
        self._lines.setdefault(path, line)


def _line(event: yaml.Event) -> int:
    return 1 if event.start_mark is None else int(event.start_mark.line) + 1


def _text(event: yaml.ScalarEvent) -> str:
    text = str(event.value)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise YamlTextError(_line(event), "has a lone surrogate", "含有孤立的代理码位") from error
    return text


def _scalar(event: yaml.ScalarEvent) -> Any:
    text = _text(event)
    if not event.implicit[0]:  # quoted or a block: text, whatever it looks like
        return text
    if text in _WORDS:
        return _WORDS[text]
    return int(text) if _INTEGER.fullmatch(text) else text
