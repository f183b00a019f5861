# SPDX-License-Identifier: MIT
"""Searches for words, over texts made of a vocabulary whose words are known: how they are folded and
stemmed is lib/words.h's business and tested there."""

# A word as it is written, and the word that it is.
VOCABULARY = {
    "threads": "thread", "thread": "thread", "THREAD": "thread", "Threads": "thread",
    "café": "cafe", "Cafe": "cafe", "CAFÉ": "cafe", "lock": "lock", "Locks": "lock",
    "garden": "garden", "7": "7", "42": "42", "Ökonom": "okonom", "okonom": "okonom", "zebra": "zebra",
    "Привет": "привет", "привет": "привет", "the": "the", "of": "of",
}
BETWEEN = (" ", "  ", ", ", " - ", ". ", "; ", "/", "\n")


def words_of(text):
    for between in BETWEEN[1:]:
        text = text.replace(between.strip() or between, " ")
    return [VOCABULARY.get(word, word.lower()) for word in text.split()]


def terms_of(typed):
    """[(words, negated)] of what stands between spaces or quotes."""
    terms, rest = [], typed
    while rest.strip():
        rest = rest.strip()
        negated = rest.startswith("-")
        rest = rest[negated:]
        if rest.startswith('"'):
            phrase, _, rest = rest[1:].partition('"')
        else:
            phrase, _, rest = rest.partition(" ")
        words = words_of(phrase)
        if words:
            terms.append((words, negated))
    return terms


def holds(words, wanted):
    return any(words[at:at + len(wanted)] == wanted for at in range(len(words)))


def text_at(document, path):
    value = document
    for part in path.split("."):
        value = value.get(part) if type(value) is dict else None
    return value if type(value) is str else ""


def hits(records, paths, typed):
    terms = terms_of(typed)
    if all(negated for _, negated in terms):
        return []
    found = []
    for record in records:
        texts = [words_of(text_at(record.document, path)) for path in paths]
        if all(any(holds(text, wanted) for text in texts) != negated for wanted, negated in terms):
            found.append(record)
    return found
