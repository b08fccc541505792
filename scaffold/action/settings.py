"""What a rule says: for which kind of record, and how the note begins."""

from core.api.settings import Settings, setting


class AcmeConfig(Settings):
    """The kind of record that the rule is for, and the words."""

    record_kind: str = setting(label="For", choices=True, min_length=1)
    words: str = setting(
        "Thank you",
        label="Words",
        help="The note begins with them.",
        min_length=1,
        max_length=200,
    )
