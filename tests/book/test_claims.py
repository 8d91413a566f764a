"""The ledger: verdicts follow, rows and functions match, mistakes say where they are."""

import json
import math
import re
import subprocess
import sys
import tomllib

import pytest
from jsonschema import Draft202012Validator, ValidationError

import cifcore.book.ledger as claims
from cifcore import paper_device
from cifcore.__main__ import main
from cifcore.book.evidence import MEASURES, units
from cifcore.book.evidence.curves import digits
from cifcore.book.evidence.dynamics import fermi_level_window
from cifcore.book.evidence.registry import answers
from cifcore.book.ledger import VERDICTS, Answer, Claim, Ledger, answer, ledger, read, typeset
from cifcore.units import Scales
from tools.files import ROOT

DATA = ROOT / "book" / "data"
SCHEMA = Draft202012Validator(json.loads((DATA / "ledger.schema.json").read_text("utf-8")))

GOOD = """
[[claim]]
id = "one"
where = "Eq. 1"
section = "II"
statement = "a <b> statement"
paper = "1"
chapter = "model"
cell = "fig-1"
criterion = "one, {low:g} to {high:g}"
accept = [0.5, 1.5]
form = "{:.1f} e"
verdict = "reproduced"
note = ""
"""


def row(**changes) -> Claim:
    fields = {
        "id": "one",
        "where": "Eq. 1",
        "section": "II",
        "statement": "a <b> statement",
        "paper": "1",
        "chapter": "model",
        "cell": "fig-1",
        "criterion": "one, {low:g} to {high:g}",
        "accept": (0.5, 1.5),
        "form": "{:.1f} e",
        "verdict": "reproduced",
    }
    return Claim(**{**fields, **changes})


@pytest.fixture
def small(monkeypatch):
    """A ledger of two rows, one of them not reproduced."""
    rows = [row(), row(id="two", verdict="not reproduced", note="it is not", chapter="units")]
    measures = {"one": lambda: 1.0, "two": lambda: 9.0}
    monkeypatch.setattr(claims, "read", lambda: rows)
    monkeypatch.setattr("cifcore.book.evidence.MEASURES", measures)
    return rows, measures


@pytest.mark.parametrize("number", [0.5, 1.0, 1.5])
def test_inside_the_interval_every_verdict_but_one_follows(number):
    for verdict in VERDICTS:
        given = Answer(row(verdict=verdict, note="why"), number)
        assert given.inside
        assert given.follows == (verdict != "not reproduced")


@pytest.mark.parametrize("number", [0.49, 1.51, -1.0, float("inf"), float("nan")])
def test_outside_the_interval_only_not_reproduced_follows(number):
    for verdict in VERDICTS:
        given = Answer(row(verdict=verdict, note="why"), number)
        assert not given.inside
        assert given.follows == (verdict == "not reproduced")


@pytest.mark.parametrize(
    ("form", "number", "said"),
    [
        ("{:.3f}, relative", -4e-5, "less than $10^{-3}$, relative"),
        ("{:.3f}", 6e-4, "0.001"),
        ("{:.1f}", 10.0, "10.0"),
        ("{:.0f} peaks", 0.0, "0 peaks"),
    ],
)
def test_a_number_of_which_only_zeros_are_left_is_a_bound(form, number, said):
    assert Answer(row(form=form), number).ours == said


def test_the_number_is_written_as_the_row_says():
    given = Answer(row(), 1.26)
    assert given.ours == "1.3 e"
    assert given.as_dict() == {
        "id": "one",
        "where": "Eq. 1",
        "statement": "a <b> statement",
        "paper": "1",
        "ours": "1.3 e",
        "verdict": "reproduced",
        "note": "",
    }


def test_a_good_file_is_read():
    assert read(GOOD) == [row()]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("{low:g} to", "0.5 to", r"claim 'one': criterion = .*: must be .*\{low:g\}"),
        ("to {high:g}", "or more", r"criterion = .*: must be .*\{high:g\}"),
        ('verdict = "reproduced"', 'verdict = "fine"', "verdict = 'fine': must be one of"),
        ('verdict = "reproduced"', 'verdict = "not reproduced"', "note = '': must be"),
        ("[0.5, 1.5]", "[1.5, 0.5]", r"accept = \(1.5, 0.5\): must be"),
        ("[0.5, 1.5]", "[nan, 1.5]", r"accept = \(nan, 1.5\): must be"),
        ("[0.5, 1.5]", "[0.5]", "unpack"),
        ("{:.1f} e", "{:.1f} {:.1f}", "form = "),
        ("{:.1f} e", "{number}", "form = "),
        ("{:.1f} e", "about one", "form = 'about one': must be like"),
        ('id = "one"', 'id = "Row one"', "id = 'Row one': must be small letters"),
        ('note = ""', f'note = ""\n{GOOD}', r"id = \['one'\]: must be of one claim"),
        ('note = ""', 'note = "', "line"),
    ],
)
def test_a_malformed_row_says_what_is_wrong(old, new, message):
    assert old in GOOD
    with pytest.raises(ValueError, match=message):
        read(GOOD.replace(old, new))


@pytest.mark.parametrize(
    ("new", "name"), [("", "paper"), ('paper = "1"\ncolour = "red"\n', "colour")]
)
def test_a_row_has_these_fields_and_no_other(new, name):
    with pytest.raises(TypeError, match=name):
        read(GOOD.replace('paper = "1"\n', new))


def test_answers_come_in_the_order_of_the_file(small):
    assert [a.claim.id for a in answer()] == ["one", "two"]
    assert [a.claim.id for a in answer(["two"])] == ["two"]


def test_a_row_without_a_function_fails(small):
    _, measures = small
    del measures["two"]
    with pytest.raises(ValueError, match=r"rows without a function: \['two'\]"):
        answer()
    assert len(answer(["one"])) == 1  # its own chapter still stands


def test_a_function_without_a_row_fails(small):
    _, measures = small
    measures["three"] = lambda: 0.0
    with pytest.raises(ValueError, match=r"functions without a row: \['three'\]"):
        answer()
    with pytest.raises(ValueError, match="three"):
        answer(["one"])


def test_unknown_ids_and_chapters_are_refused(small):
    with pytest.raises(ValueError, match=r"ids = \['nine'\]"):
        answer(["nine"])
    with pytest.raises(ValueError, match="chapter = 'poetry': must be one of model, units"):
        ledger("poetry")


def test_a_row_has_one_function():
    with pytest.raises(ValueError, match="two functions answer the row 'units'"):
        answers("units")(lambda: 0.0)
    assert MEASURES["units"].__name__ == "scales"


def test_digits():
    assert digits(0.0) == digits(1e-16) == 12
    assert digits(3e-5) == 4
    assert digits(1e-3) == 3
    assert digits(20.0) < 0


def test_the_table_escapes_what_it_shows(small):
    table = ledger()
    assert isinstance(table, Ledger)
    html = table._repr_html_()
    assert "a &lt;b&gt; statement" in html
    assert html.count("<tr") == 3
    assert 'id="row-two"' in html
    assert "it is not" in html
    assert repr(table).splitlines() == [
        "one: reproduced (paper: 1; ours: 1.0 e)",
        "two: not reproduced (paper: 1; ours: 9.0 e)",
    ]
    assert repr(ledger("units")).startswith("two")


def test_words_name_what_was_measured():
    claim = row(note="about {part:.1f} of $x_{st}$", criterion="{low:g} to {high:g}, {n:d} times")
    given = Answer(claim, 1.0, {"part": 0.26, "n": 3})
    assert given.note == "about 0.3 of $x_{st}$"
    assert given.criterion == "0.5 to 1.5, 3 times"
    with pytest.raises(ValueError, match="row one: its function measures no 'part'"):
        _ = Answer(claim, 1.0).note


def test_an_interval_open_on_one_side_names_the_other():
    text = GOOD.replace("[0.5, 1.5]", "[0.5, inf]").replace(
        "{low:g} to {high:g}", "{low:g} or more"
    )
    (claim,) = read(text)
    assert Answer(claim, 1e9).inside and not Answer(claim, 0.4).inside
    text = GOOD.replace("[0.5, 1.5]", "[2, 2]").replace("{low:g} to {high:g}", "exactly {low:g}")
    assert read(text)[0].accept == (2, 2)


def test_formulas_become_markup_and_the_rest_is_escaped():
    assert typeset("a < b") == "a &lt; b"
    assert typeset("so $x < y$.") == (
        'so <span class="math notranslate nohighlight">\\(x &lt; y\\)</span>.'
    )


def test_the_complete_table_begins_with_what_fails(small):
    table = ledger()
    html = table._repr_html_()
    assert html.index('id="row-two"') < html.index('id="row-one"')
    assert 'href="units.ipynb#fig-1"' in html and "one, 0.5 to 1.5" in html
    assert 'data-verdict="not reproduced"' in html and 'data-section="II"' in html
    assert table.bar().count("<b>1</b>") == 2 and table.bar().count("<b>0</b>") == 2
    chapter = ledger("model")._repr_html_()
    assert 'href="claims.ipynb#row-one"' in chapter and "one, 0.5" not in chapter


def test_the_command_prints_a_list_and_returns_zero(small, capsys):
    assert main(["claims", "--json"]) == 0
    SCHEMA.validate(json.loads(capsys.readouterr().out))
    assert main(["claims"]) == 0
    assert "not reproduced" in capsys.readouterr().out


def test_the_command_returns_one_when_a_verdict_no_longer_follows(small, capsys):
    _, measures = small
    measures["one"] = lambda: 2.0
    assert main(["claims", "--json"]) == 1
    captured = capsys.readouterr()
    assert "no longer follow: one" in captured.err
    assert json.loads(captured.out)[0]["ours"] == "2.0 e"
    measures["one"] = lambda: 1.0
    measures["two"] = lambda: 1.0  # reproduced after all: the verdict is stale too
    assert main(["claims"]) == 1


def test_the_command_needs_a_command():
    run = subprocess.run([sys.executable, "-m", "cifcore"], capture_output=True, text=True)
    assert run.returncode == 2
    assert "claims" in run.stderr


# --- the ledger as JSON ----------------------------------------------------------------------


def test_the_schema_is_one_and_knows_the_verdicts():
    Draft202012Validator.check_schema(SCHEMA.schema)
    fields = SCHEMA.schema["items"]["properties"]
    assert tuple(fields["verdict"]["enum"]) == VERDICTS
    assert list(fields) == list(Answer(row(), 1.0).as_dict())


@pytest.mark.parametrize(
    ("where", "change"),
    [
        ("id", {"id": "Row one"}),
        ("statement", {"statement": " "}),
        ("ours", {"ours": "about the same"}),
        ("paper", {"paper": 1}),
        ("verdict", {"verdict": "fine"}),
        ("note", {"verdict": "not reproduced"}),
        (None, {"colour": "red"}),
    ],
)
def test_the_schema_refuses_what_is_no_row(where, change):
    good = Answer(row(), 1.0).as_dict()
    SCHEMA.validate([good])
    wrong = [list(error.absolute_path) for error in SCHEMA.iter_errors([{**good, **change}])]
    assert ([0] if where is None else [0, where]) in wrong
    with pytest.raises(ValidationError, match="'id' is a required property"):
        SCHEMA.validate([{key: value for key, value in good.items() if key != "id"}])


def test_the_published_ledger_is_what_the_command_prints_wherever_the_package_is_installed():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    installed = {re.split(r"\W", wanted)[0] for wanted in project["dependencies"]}
    missing = {"scipy", "pint", "matplotlib", "xarray", "dask", "ipywidgets"} - installed
    code = f"import sys; sys.modules.update(dict.fromkeys({missing})); import cifcore.__main__"
    run = [sys.executable, "-c", f"{code} as command; command.main(['claims', '--json'])"]
    printed = subprocess.check_output(run, text=True)
    SCHEMA.validate(json.loads(printed))
    assert printed == (DATA / "ledger.json").read_text(encoding="utf-8")


# --- the book's own ledger -------------------------------------------------------------------


def test_every_row_has_a_function_and_every_function_a_row():
    assert {claim.id for claim in read()} == set(MEASURES)


def test_no_row_is_left_to_fill():
    for claim in read():
        assert "TODO" not in (claim.paper, claim.criterion), claim.id


def test_every_row_leads_to_a_place_on_a_page_of_the_book():
    for claim in read():
        source = (ROOT / "book" / f"{claim.chapter}.md").read_text(encoding="utf-8")
        assert (ROOT / "book" / f"{claim.chapter}.ipynb").exists()
        label = claim.cell.removeprefix("equation-")
        named = rf"^\(({label})\)=$|^ +name: {label}$|^:label: {label}$"
        assert re.search(named, source, re.MULTILINE), f"{claim.id}: no {label} in {claim.chapter}"


def test_formulas_are_closed_and_numbers_of_ours_are_measured():
    """A note's numbers are the paper's own, or in a value: see tests/book/test_numbers.py too."""
    for claim in read():
        for text in (claim.statement, claim.paper, claim.criterion, claim.note, claim.form):
            assert text.count("$") % 2 == 0, claim.id


NUMBERS = {
    **{"one and a half": 1.5, "twice": 2, "half": 0.5, "one": 1, "two": 2, "three": 3, "ten": 10},
    **{
        "none": 0,
        "eight": 8,
        "a tenth": 0.1,
        "a fifth": 0.2,
        "a twentieth": 0.05,
        "one in twenty": 0.05,
    },
    **{"a hundredth": 0.01, "a thousandth": 1e-3, "a ten-thousandth": 1e-4},
    **{"a factor of two": 2, "one electron": 1, r"$k_\mathrm{B} T_0$": paper_device("3").kT0},
}
PLACES = {"three": 3, "four": 4, "six": 6, "nine": 9, "twelve": 12}
NAMED, PLACED = ("|".join(map(re.escape, words)) for words in (NUMBERS, PLACES))
ENDS = r"\{low:g\} to \{high:g\}"


def told(criterion):
    """The ends of the interval that the words of a criterion ask for."""
    ends = {}
    if rounded := re.search(r"rounds to ([\d.]+)(e-?\d+)?: ", criterion):
        digits, power = rounded[1], float("1" + (rounded[2] or ""))
        half = 0.5 * 10.0 ** -len(digits.partition(".")[2])
        ends = {"low": (float(digits) - half) * power, "high": (float(digits) + half) * power}
        if "in kelvin" in criterion:
            ends = {end: round(units.KELVIN * value, 1) for end, value in ends.items()}
    if found := re.search(rf"(two times [^,]*)?\bwithin ({NAMED}), {ENDS}", criterion):
        centre, share = 2 if found[1] else 1, NUMBERS[found[2]]
        ends = {"low": centre * (1 - share), "high": centre * (1 + share)}
    if found := re.search(rf"within a factor of ({NAMED}), {ENDS}", criterion):
        ends = {"low": 1 / NUMBERS[found[1]], "high": NUMBERS[found[1]]}
    if found := re.search(rf"(minus )?one to ({PLACED}) digits, {ENDS}", criterion):
        centre, off = -1 if found[1] else 1, 10.0 ** -PLACES[found[2]]
        ends = {"low": centre - off, "high": centre + off}
    if found := re.search(rf"to ({PLACED}) digits, \{{high:g\}}", criterion):
        ends["high"] = 10.0 ** -PLACES[found[1]]
    if re.search(r"(?<!but for )rounding\)?: at least \{low:g\}( more)? digits", criterion):
        ends["low"] = 11
    one = rf"(one less )?(?<![\w.])({NAMED}|\d+)(?: of a lattice constant)?"
    for less, word, end in re.findall(one + r", \{(low|high):g\}(?! to)", criterion):
        value = NUMBERS[word] if word in NUMBERS else float(word)
        ends[end] = 1 - value if less else value + ("exceeds one by" in criterion)
    return ends


@pytest.mark.parametrize("claim", read(), ids=lambda claim: claim.id)
def test_the_interval_follows_from_the_words_of_the_criterion(claim):
    low, high = claim.accept
    ends = told(claim.criterion)
    if low == high:
        assert "exactly " in claim.criterion
        assert low == ends["low"]
        return
    for end, value in (("low", low), ("high", high)):
        if value not in (0, math.inf, -math.inf):
            assert value == pytest.approx(ends[end], rel=1e-12)


def test_the_order_is_that_of_the_sections():
    order = ["Abstract", "II", "III", "III A", "III B", "III C", "III D", "III E", "IV"]
    assert {claim.section for claim in read()} <= {*order, "App. A", "App. B"}


def test_the_scales_of_the_ledger_are_those_of_pint():
    scales = Scales(f"{units.EV} eV", "2.5 angstrom")
    assert units.STIFFNESS == pytest.approx(scales.stiffness.to("N/m").magnitude, rel=1e-9)
    assert units.TIME == pytest.approx(scales.time.to("s").magnitude, rel=1e-9)
    assert units.KELVIN == pytest.approx(scales.kelvin(1.0), rel=1e-9)
    assert units.MASS == pytest.approx(scales.mass.to("kg").magnitude, rel=1e-9)
    assert units.DALTON == pytest.approx(scales.mass.to("dalton").magnitude, rel=1e-7)
    masses = scales.mass.to("electron_mass").magnitude
    assert units.STATED["M* in electron masses"][0] == pytest.approx(masses, rel=1e-7)


@pytest.mark.parametrize("claim", [c.id for c in read()])
def test_the_verdict_follows(claim):
    (given,) = answer([claim])
    assert given.follows, f"{given.claim.verdict} does not follow from {given.ours}"


def test_the_fermi_level_of_the_devices_lies_in_the_window():
    low, high = fermi_level_window(1)
    for figure in ("3", "5"):
        assert low < paper_device(figure).mu0 < high
