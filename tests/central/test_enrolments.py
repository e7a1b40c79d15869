import json
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing

import pytest

from central.routes.enrolments import ENROLMENTS_MAX
from protocol.enrolment import CODE_LIFETIME_S, read_enrolment
from protocol.keys import new_signing_key
from tests.central.peers import START, Machine, RunningCentre, problem


@pytest.fixture
def machine(centre: RunningCentre) -> Machine:
    centre.clock.now = START
    return Machine(url=centre.url)


def test_machine_with_a_code_becomes_a_terminal(centre: RunningCentre, machine: Machine) -> None:
    answer = machine.enrol(machine.ask(centre.code_for("gate-1")))
    assert answer.status_code == 201
    enrolment = read_enrolment(answer.content, centre.keys, public=machine.key.public)
    assert (enrolment.terminal, enrolment.epoch, enrolment.date) == ("gate-1", 1, START)
    sector = centre.site.keys.sector
    assert enrolment.sector == sector.id
    assert machine.opening.open(enrolment.sector_box) == sector.octets


def test_lost_answer_is_given_again_even_after_the_code_has_expired(
    centre: RunningCentre, machine: Machine
) -> None:
    request = machine.ask(centre.code_for("gate-lost"))
    first = machine.enrol(request)
    centre.clock.now = START + CODE_LIFETIME_S + 1
    again = machine.enrol(request)
    assert (again.status_code, again.content) == (201, first.content)
    assert centre.enrolled("gate-lost").epoch == 2  # the repetition took no epoch


def test_code_makes_one_terminal_only(centre: RunningCentre, machine: Machine) -> None:
    code = centre.code_for("gate-once")
    assert machine.enrol(machine.ask(code)).status_code == 201
    other = Machine(url=centre.url)
    refusal = other.enrol(other.ask(code))
    assert (refusal.status_code, problem(refusal)["title"]) == (409, "code-used")


def test_code_lives_to_the_last_second_of_its_quarter_of_an_hour(
    centre: RunningCentre, machine: Machine
) -> None:
    code = centre.code_for("gate-late")
    centre.clock.now = START + CODE_LIFETIME_S
    refusal = machine.enrol(machine.ask(code))
    assert (refusal.status_code, problem(refusal)["title"]) == (410, "code-expired")
    centre.clock.now = START + CODE_LIFETIME_S - 1
    assert machine.enrol(machine.ask(code)).status_code == 201


@pytest.mark.parametrize("change", [{"code_id": "0" * 16}, {"proof": "0" * 64}])
def test_unknown_code_and_wrong_proof_get_one_and_the_same_answer(
    centre: RunningCentre, machine: Machine, change: dict[str, str]
) -> None:
    refusal = machine.enrol(machine.ask(centre.code_for("gate-guess"), **change))
    assert refusal.status_code == 404
    assert problem(refusal)["detail"] == "no such enrolment code"


def test_request_must_be_signed_by_the_key_that_it_brings(
    centre: RunningCentre, machine: Machine
) -> None:
    request = machine.ask(centre.code_for("gate-other-key"))
    refusal = machine.enrol(request, key=new_signing_key())
    assert (refusal.status_code, problem(refusal)["title"]) == (401, "signature")
    assert machine.enrol(request).status_code == 201  # the code was not spent


def test_request_signed_for_another_code_is_refused(
    centre: RunningCentre, machine: Machine
) -> None:
    request = machine.ask(centre.code_for("gate-crossed"))
    body = json.dumps(request.members()).encode()
    refusal = machine.send("POST", "/v1/enrolments", headers={}, body=body, key_id="f" * 16)
    assert (refusal.status_code, problem(refusal)["title"]) == (401, "signature")


@pytest.mark.slow
def test_crowd_with_made_up_codes_does_not_queue_in_front_of_the_database(
    centre: RunningCentre, machine: Machine
) -> None:
    """Anybody can sign with a key of his own: uploads wait behind so many at most."""
    request = machine.ask(centre.code_for("gate-crowd"))
    many = ENROLMENTS_MAX + 1
    with (
        ThreadPoolExecutor(many) as crowd,
        closing(centre.site.open_store()) as store,
    ):
        with store.transaction():
            store.enrolments.locked(request.code_id)
            asked = [crowd.submit(machine.enrol, request) for _ in range(many)]
            refusal = next(as_completed(asked)).result()
        assert (refusal.status_code, problem(refusal)["title"]) == (503, "overloaded")
        assert int(refusal.headers["retry-after"]) > 0
        assert sorted(one.result().status_code for one in asked) == [201] * ENROLMENTS_MAX + [503]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"code_id":1}', b"[" * 4000])
def test_body_out_of_form_is_told(machine: Machine, body: bytes) -> None:
    refusal = machine.send("POST", "/v1/enrolments", headers={}, body=body, key_id="x")
    assert (refusal.status_code, problem(refusal)["title"]) == (422, "malformed")


def test_large_body_is_refused(machine: Machine) -> None:
    refusal = machine.send("POST", "/v1/enrolments", headers={}, body=b" " * 4097, key_id="x")
    assert (refusal.status_code, problem(refusal)["title"]) == (413, "too-large")


def test_new_enrolment_begins_the_next_epoch_with_an_empty_chain_and_a_new_key(
    centre: RunningCentre,
) -> None:
    centre.clock.now = START
    before = centre.enrolled("gate-again")
    assert centre.acknowledged(before.upload(1, 3)).acked == 3
    after = centre.enrolled("gate-again")
    assert after.epoch == 2
    assert problem(before.upload(4, 5))["title"] == "signature"
    assert centre.acknowledged(after.head()).acked == 0
    assert centre.acknowledged(after.upload(1, 2)).acked == 2
    assert centre.held("gate-again") == [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2)]
