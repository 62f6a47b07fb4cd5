"""The short codes that people read out: R- for a round, S- for a student, six Crockford characters.

Crockford base32 has no I, L, O or U, so that no code can be misread or spell a word.
"""

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_code(prefix: str) -> str:
    """A random code such as ``S-7K2M9Q``; the column's UNIQUE key settles the rare clash."""
    return f"{prefix}-" + "".join(secrets.choice(ALPHABET) for _ in range(6))


def read_code(text: str) -> str:
    """The canonical spelling of a code that a person typed: any case, O for 0, I or L for 1."""
    prefix, _, rest = text.strip().upper().partition("-")
    return f"{prefix}-{rest.translate(str.maketrans('OIL', '011'))}"
