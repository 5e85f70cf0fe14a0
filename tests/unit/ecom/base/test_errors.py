"""What a sentence for the reader carries, and the exit codes that docs and scripts rely on."""

from ecom.base.errors import EcomError, ExitCode


def test_the_exit_codes_are_those_that_the_help_names() -> None:
    assert {code.name: int(code) for code in ExitCode} == {
        "OK": 0,
        "FINDING": 1,
        "USAGE": 2,
        "UNAVAILABLE": 3,
        "INTERRUPTED": 130,
    }


def test_without_a_code_something_that_is_needed_is_not_there() -> None:
    assert EcomError("Kafka does not answer.").code is ExitCode.UNAVAILABLE
    error = EcomError("There is no such file.", ExitCode.USAGE)
    assert (str(error), error.code) == ("There is no such file.", 2)
