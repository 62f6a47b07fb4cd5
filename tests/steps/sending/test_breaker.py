"""The breaker opens on trouble, probes now and then, and closes with the first success."""

from surveybot.steps.sending.breaker import IN_A_ROW, OF_LAST, OF_LAST_REFUSED, PROBE_SECONDS, Breaker


def test_five_in_a_row_open_it_and_one_probe_is_let_through_every_five_minutes() -> None:
    breaker = Breaker()
    for _ in range(IN_A_ROW - 1):
        breaker.note_not_sent(seconds=0)
    assert breaker.room(50, seconds=0) == 50
    breaker.note_not_sent(seconds=0)
    assert breaker.room(50, seconds=1) == 0
    assert breaker.room(50, seconds=PROBE_SECONDS) == 1
    assert breaker.room(50, seconds=PROBE_SECONDS + 1) == 0
    assert breaker.room(50, seconds=2 * PROBE_SECONDS) == 1


def test_a_probe_that_goes_through_closes_it() -> None:
    breaker = Breaker()
    for _ in range(IN_A_ROW):
        breaker.note_not_sent(seconds=0)
    breaker.note_sent()
    assert breaker.room(50, seconds=1) == 50


def test_a_fifth_of_the_last_fifty_opens_it() -> None:
    breaker = Breaker()
    for number in range(OF_LAST):
        if number % 4 == 0:
            breaker.note_not_sent(seconds=0)
        else:
            breaker.note_sent()
    breaker.note_not_sent(seconds=0)
    assert breaker.room(1, seconds=1) == 0


def test_being_called_spam_by_one_in_twenty_opens_it() -> None:
    breaker = Breaker()
    for number in range(OF_LAST_REFUSED):
        if number % 16 == 0:
            breaker.note_filtered(seconds=0)
        else:
            breaker.note_sent()
    breaker.note_filtered(seconds=0)
    assert breaker.room(1, seconds=1) == 0


def test_a_single_failure_among_few_does_not_open_it() -> None:
    breaker = Breaker()
    breaker.note_sent()
    breaker.note_not_sent(seconds=0)
    breaker.note_filtered(seconds=0)
    assert breaker.room(50, seconds=1) == 50
