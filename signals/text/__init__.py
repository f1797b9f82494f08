"""Text: what customers write, read as mentions with whose, whether and when."""

from signals.text.lexicon import LexiconError
from signals.text.mention import Mention
from signals.text.proof import disproved
from signals.text.reader import Reader, load_reader

__all__ = ["LexiconError", "Mention", "Reader", "disproved", "load_reader"]
