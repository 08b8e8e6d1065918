"""What keeps a verifier from verifying at all; a bad credential never does."""

from exchange.entities.catalogue import Label


class UnusableError(Exception):
    """A trust directory or a package of evidence that cannot be used. ``code`` is stable; ``label`` says what to do."""

    def __init__(self, code: str, label: Label) -> None:
        super().__init__(f"{code}: {label.en} {label.zh}")
        self.code = code
        self.label = label
