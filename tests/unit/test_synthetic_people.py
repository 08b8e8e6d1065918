"""Synthetic people and organisations: valid, repeatable, unique, and fitting together."""

import json
import subprocess
import sys

import pytest

from exchange.codes import citizen_id_birth_date, citizen_id_problem, holder_id_problem, name_problem, uscc_problem
from exchange.synthetic import TODAY, Place, Synthetic, __main__, catalogue_codes
from exchange.synthetic.draws import Draws, spread
from exchange.synthetic.organisations import organisation_number
from exchange.synthetic.people import MAX_HOUSEHOLDS

SYNTHETIC = Synthetic(7)
GOLDEN = ("990104198910067738", "91990103MARB0TDM84")


def test_people_are_valid_and_say_that_they_are_samples():
    for number in range(400):
        person = SYNTHETIC.person(number)
        assert citizen_id_problem(person.citizen_id) is None
        assert person.citizen_id.startswith("9901")  # a region that GB/T 2260 does not assign
        assert citizen_id_birth_date(person.citizen_id) == person.birth_date <= TODAY
        assert (int(person.citizen_id[16]) % 2 == 1) == (person.sex == "男")
        assert name_problem(person.name) is None
        holder = SYNTHETIC.holder(person)
        assert holder_id_problem(holder.id_type, holder.id_number) is None


def test_names_include_rare_characters_and_middle_dots():
    names = "".join(SYNTHETIC.person(number).name for number in range(1_000))
    assert "·" in names
    assert any(ord(character) > 0xFFFF for character in names)


def test_the_same_seed_gives_the_same_and_another_seed_another():
    assert Synthetic(7).household(5) == SYNTHETIC.household(5)
    assert Synthetic(7).organisation(5) == SYNTHETIC.organisation(5)
    assert Synthetic(8).person(5) != SYNTHETIC.person(5)
    # Golden: benchmarks and examples name these.
    assert (Synthetic(1).person(0).citizen_id, Synthetic(1).organisation(0).uscc) == GOLDEN


def test_numbers_are_unique_near_and_far():
    numbers = [*range(2_000), *range(4 * 3_000_000, 4 * 3_000_000 + 400)]
    assert len({SYNTHETIC.person(number).citizen_id for number in numbers}) == len(numbers)
    assert len({SYNTHETIC.organisation(number).uscc for number in numbers}) == len(numbers)


def test_spread_is_a_permutation():
    for size in (1, 2, 7, 360, 1_000):
        assert sorted(spread(number, 3, "x", size) for number in range(size)) == list(range(size))


@pytest.mark.parametrize("number", [*range(40), MAX_HOUSEHOLDS - 1])
def test_households_hold_together(number):
    home = SYNTHETIC.household(number)
    assert [home.husband.place, home.wife.place, home.child.place, home.elder.place] == list(Place)
    for parent in (home.husband, home.wife):
        assert home.child.birth_date.year - parent.birth_date.year >= 20
        assert (home.marriage_date - parent.birth_date).days > 21 * 365
    assert home.husband.birth_date.year - home.elder.birth_date.year >= 20
    assert home.marriage_date < home.child.birth_date
    assert (home.divorce_date is not None) == (number % 10 == 9)
    assert home.divorce_date is None or home.marriage_date < home.divorce_date < TODAY
    assert len(home.unit_number) == 28


def test_organisations_are_valid_and_led_by_someone():
    for number in range(200):
        organisation = SYNTHETIC.organisation(number)
        assert uscc_problem(organisation.uscc) is None
        assert organisation.uscc[2:8] == organisation.region
        assert organisation.uscc[8:17] == organisation_number(organisation.uscc[8:16])
        assert name_problem(organisation.name) is None
        assert organisation.founded < TODAY
        leader = SYNTHETIC.legal_representative(organisation)
        assert leader == SYNTHETIC.household(number).husband
        assert SYNTHETIC.employer(leader) == organisation
        assert SYNTHETIC.holder(organisation).id_type == "001"


def test_organisation_number_of_the_published_examples():
    # GB 11714: total 0 modulo 11 gives 0; the design's own example MB0000000 shows it; 10 gives X.
    assert organisation_number("MB000000") == "MB0000000"
    assert organisation_number("MB000006") == "MB000006X"


@pytest.mark.parametrize("number", [-1, 4 * MAX_HOUSEHOLDS])
def test_people_outside_the_population_are_refused(number):
    with pytest.raises(ValueError, match="numbered"):
        SYNTHETIC.person(number)


@pytest.mark.parametrize("number", [-1, 31**6])
def test_organisations_outside_the_population_are_refused(number):
    with pytest.raises(ValueError, match="numbered"):
        SYNTHETIC.organisation(number)


def test_draws_are_named_and_bounded():
    draws = Draws(1, "a")
    assert draws.number("x", 10**9) != draws.number("y", 10**9)
    assert draws.number("x", 10**9) != Draws(1, "b").number("x", 10**9)
    assert all(0 <= draws.number(str(n), 3) < 3 for n in range(50))
    assert len(draws.digits("d", 18)) == 18


def test_the_command_prints_people_as_json_lines(capsys):
    __main__.main(["--seed", "7", "--people", "2"])
    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert first["citizen_id"] == SYNTHETIC.person(0).citizen_id
    assert second["employer"]["uscc"] == SYNTHETIC.organisation(0).uscc


def test_the_commands_run_as_modules():
    for module, word in (("exchange.synthetic", "citizen_id"), ("exchange.synthetic.catalogue_codes", "departments\t")):
        run = subprocess.run([sys.executable, "-m", module], capture_output=True, text=True, check=True, timeout=60)
        assert word in run.stdout


def test_codes_are_printed_by_collection(capsys):
    catalogue_codes.main()
    lines = capsys.readouterr().out.splitlines()
    assert f"matters\tfood-new\t{catalogue_codes.implementation_code('food-new')}" in lines
    assert len(lines) == sum(len(codes) for codes in catalogue_codes.all_codes().values())
