"""Events for Kafka: generated with a seed, read from a file, or replayed from a public data set."""

from generator.envelope import to_envelope
from generator.message import Fields, Message, Number, encode
from generator.mix import REASONS, Mix, shares
from generator.second_wave import second_wave
from generator.stream import SPAN, generate

__all__ = [
    "REASONS",
    "SPAN",
    "Fields",
    "Message",
    "Mix",
    "Number",
    "encode",
    "generate",
    "second_wave",
    "shares",
    "to_envelope",
]
