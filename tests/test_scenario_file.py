"""Scenario files: every fault at once with its place, finding, loading, the JSON Schema and the starter."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from ruamel.yaml import YAML

from sims import scenario as models
from sims.errors import Fault, ScenarioError, UnknownNameError, UsageError
from sims.scenario_faults import PARTS
from sims.scenario_file import (
    check_scenario,
    find_scenario,
    load_scenario,
    load_scenarios,
    scenario_schema,
    schema_path,
    shipped_scenarios,
    starter,
)

JUDGES = ("role_flip", "digression", "formality", "metaphor")
VALID = """\
schema: simstress/scenario@1
id: refund
agents:
  - {name: customer, role: customer}
  - {name: support, role: support agent}
"""
MANY_FAULTS = """\
schema: simstress/scenario@2
id: Refund Dispute
descripton: hm
reference: servce
agents:
  - name: customer
    role: customer
    personna: Short
  - name: customer
    role:
  - role: 5
    name: "a:b"
opening: {speaker: custmer, txt: hi}
turns: {policy: alternat}
stop: {max_turns: 0, done: {a: b}, on_truncation: stop}
stressors:
  - {kind: role_presure, at: 30, from: customer, onto: 7, dose: 1.5}
  - nothing
judges: [role_flip, digresion]
expect:
  role_flip: {max_rate: 2}
  metaphor: {max_rte: 0.1}
models: [a, b, a]
temperature: [0.5, hot, 3]
repeats: "5"
repeats: 7
"""
PYDANTIC_WORDS = re.compile(r"pydantic|Input should|union|validat|tuple|dictionary|instance|\bstring\b|\bextra\b", re.I)


@pytest.fixture
def write(tmp_path: Path) -> Any:
    """Writes a text to a file of that name and returns its path."""

    def written(text: str, name: str = "scenario.yaml") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return written


def test_a_sound_file_has_a_scenario_and_no_fault(write: Any) -> None:
    """Defaults are filled in."""
    found, none = check_scenario(write(VALID), judges=JUDGES, references=())
    assert found is not None
    assert (found.id, found.turns.policy, found.judges, none) == ("refund", "alternate", JUDGES, ())


def test_every_fault_is_told_at_once_in_line_order(write: Any) -> None:
    """Twenty-eight faults: shapes, ranges, names, rules between parts, YAML; each at its key or value."""
    path = write(MANY_FAULTS)
    scenario, found = check_scenario(path, judges=JUDGES, references=("service", "meeting"))
    assert scenario is None
    places = [(fault.line, fault.column, fault.key) for fault in found]
    assert places == [
        (1, 9, "schema"),
        (2, 5, "id"),
        (3, 1, "descripton"),
        (4, 12, "reference"),
        (8, 5, "agents[0].personna"),
        (9, 11, "agents[1].name"),
        (10, 5, "agents[1].role"),
        (11, 11, "agents[2].role"),
        (12, 11, "agents[2].name"),
        (13, 20, "opening.speaker"),
        (13, 29, "opening.txt"),
        (14, 17, "turns.policy"),
        (15, 19, "stop.max_turns"),
        (15, 28, "stop.done"),
        (15, 51, "stop.on_truncation"),
        (17, 12, "stressors[0].kind"),
        (17, 56, "stressors[0].onto"),
        (17, 65, "stressors[0].dose"),
        (18, 5, "stressors[1]"),
        (19, 21, "judges[1]"),
        (21, 25, "expect.role_flip.max_rate"),
        (22, 13, "expect.metaphor"),
        (22, 14, "expect.metaphor.max_rte"),
        (23, 16, "models[2]"),
        (24, 20, "temperature[1]"),
        (24, 25, "temperature[2]"),
        (25, 10, "repeats"),
        (26, 1, "repeats"),
    ]
    assert all(fault.path == str(path) for fault in found)
    assert not [str(fault) for fault in found if PYDANTIC_WORDS.search(fault.message)]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("agents: []", "1:9: agents: needs at least 2 entries, has 0"),
        ("agents: 5", "1:9: agents: expected a list, found the number 5"),
        ("agents: [{name: a, role: b}, c]", "1:30: agents[1]: expected a mapping, found the text 'c'"),
        ("agents: [{name: a, role: }, {name: b, role: c}]", "1:20: agents[0].role: expected text, found nothing"),
        ("agents: [{name: a, role: ''}, {name: b, role: c}]", "1:26: agents[0].role: must not be empty"),
        ("agents: [{name: a}, {name: b, role: c}]", "1:10: agents[0].role: the key 'role' is missing"),
        ("turns: round_robin", "1:8: turns: expected a mapping such as {policy: round_robin}, found the text 'round"),
        ("turns: {}", "1:8: turns.policy: the key 'policy' is missing: allowed: addressed, alternate, model, moder"),
        ("turns: {policy: [a]}", "1:17: turns.policy: expected a policy, found a list; allowed: addressed, alternate"),
        ("turns: {policy: moderator}", "1:8: turns.moderator: the key 'moderator' is missing"),
        ("turns: {policy: moderator, moderator: 4}", "1:39: turns.moderator: expected text, found the number 4"),
        ("turns: {policy: model, modell: x}", "1:24: turns.modell: unknown key 'modell': did you mean 'model'?"),
        ("turns: {policy: script, lines: []}", "1:32: turns.lines: needs at least 1 entry, has 0"),
        ("turns: {policy: random, seed: 1}", "1:25: turns.seed: unknown key 'seed': allowed: policy"),
        ("opening: 5", "1:10: opening: expected a text, a mapping such as {speaker: NAME} or a list of fixed turns, "),
        ("opening: [{speaker: customer}]", "1:11: opening[0].text: the key 'text' is missing"),
        ("opening: [hello]", "1:11: opening[0]: expected a mapping, found the text 'hello'"),
        ("stop: {done: ['']}", "1:15: stop.done[0]: must not be empty"),
        ("stop: {max_turns: true}", "1:19: stop.max_turns: expected a whole number, found true"),
        ("stop: {max_tokens: 0}", "1:20: stop.max_tokens: 0 is out of range; allowed: 1 or more"),
        ("stop: {max_turns: 200000}", "1:19: stop.max_turns: 200000 is out of range; allowed: 1 to 100,000"),
        ("temperature: {}", "1:14: temperature: expected a number or a list of numbers, found a mapping"),
        ("temperature: 2.5", "1:14: temperature: 2.5 is out of range; allowed: 0 to 2"),
        ("temperature: [.nan]", "1:15: temperature[0]: expected a number, found the number nan"),
        ("temperature: []", "1:14: temperature: needs at least 1 entry, has 0"),
        ("expect: {role_flip: 3}", "1:21: expect.role_flip: expected a mapping, found the number 3"),
        ("expect: []", "1:9: expect: expected a mapping, found an empty list"),
        ("stressors: [{kind: typos, from_: customer}]", "1:27: stressors[0].from_: unknown key 'from_': did you mean"),
        ("stressors: [{kind: 4}]", "1:20: stressors[0].kind: expected a kind, found the number 4; allowed: code_swi"),
        ("judges: digression", "1:9: judges: expected a list, found the text 'digression'"),
        ("reference: servce", "1:12: reference: no reference profile is called 'servce': did you mean 'service'?"),
        ("reference: a/b.json", "1:12: reference: there is no file 'a/b.json', seen from the folder of this scenario"),
        ("judges: [digresion]", "1:10: judges[0]: no judge is called 'digresion': did you mean 'digression'?"),
        ("task: !!binary aGk=", "1:7: task: the tag 'tag:yaml.org,2002:binary' is not allowed here; write plain"),
        ('"\\e[31m": 1', "1:1: \\x1b[31m: unknown key '\\x1b[31m': allowed: agents, description"),
    ],
)
def test_one_fault_one_line(write: Any, more: str, told: str) -> None:
    """Each kind of fault once: where it points, what it says, and that nothing else is said."""
    lines = VALID.splitlines()[:2] if more.startswith("agents") else VALID.splitlines()
    path = write("\n".join([more, *lines]))
    [found] = check_scenario(path, judges=JUDGES, references=("service",))[1]
    assert str(found).startswith(f"{path}:{told}")
    assert not PYDANTIC_WORDS.search(found.message)


def test_a_profile_in_a_file_is_seen_from_the_scenario(write: Any, tmp_path: Path, monkeypatch: Any) -> None:
    """Wherever simstress is started; the scenario's hash tells of the name, not of the folder."""
    monkeypatch.chdir(tmp_path.parent)
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "mine.json").write_text("{}", encoding="utf-8")
    found = load_scenario(write("reference: profiles/mine.json\n" + VALID), judges=JUDGES, references=("service",))
    assert found.reference == str(tmp_path / "profiles" / "mine.json")
    beside = load_scenario(write("reference: mine.json\n" + VALID))
    assert beside.content_hash == found.content_hash
    other = load_scenario(write("reference: other.json\n" + VALID))
    assert other.content_hash != found.content_hash


@pytest.mark.parametrize("text", ["", "# nothing\n", "- a\n", "hello", "a: [", "a: 1\n---\nb: 1\n", "~"])
def test_what_is_no_scenario_at_all_is_one_fault(write: Any, text: str) -> None:
    """Empty, a list, a word, broken, two documents."""
    [fault] = check_scenario(write(text))[1]
    assert fault.message


def test_loading_raises_with_every_fault_of_every_file(write: Any, tmp_path: Path) -> None:
    """Two broken files and a missing one: all told, none loaded."""
    one, two = write(VALID + "repeats: 0\nx: 1\n", "one.yaml"), write(VALID + "y: 1\n", "two.yaml")
    with pytest.raises(ScenarioError) as caught:
        load_scenarios([one, tmp_path / "missing.yaml", two])
    assert [Path(fault.path).name for fault in caught.value.faults] == ["one.yaml"] * 2 + ["missing.yaml", "two.yaml"]
    assert caught.value.exit_code == 2
    with pytest.raises(ScenarioError):
        load_scenario(two)


def test_two_files_of_one_id_are_refused(write: Any) -> None:
    """Results are told apart by id; the second file is the one to mend, and the message names the first."""
    one, two = write(VALID, "one.yaml"), write(VALID, "two.yaml")
    with pytest.raises(ScenarioError) as caught:
        load_scenarios([one, two])
    assert caught.value.faults == (Fault(str(two), 2, 5, "id", f"'refund' is the id of {one} too; ids must differ"),)


def test_shipped_scenarios_are_named_by_their_ids_and_sound() -> None:
    """The stem of each file is its id."""
    shipped = shipped_scenarios()
    if not shipped:
        pytest.skip("no scenario is shipped yet")
    assert [one.id for one in load_scenarios(shipped.values(), judges=JUDGES)] == list(shipped)


def test_a_scenario_is_found_by_path_or_shipped_name(
    write: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file goes before a shipped name, a shipped name before a directory; the rest is told apart."""
    path = write(VALID, "refund-dispute")
    monkeypatch.setattr("sims.scenario_file.shipped_scenarios", lambda: {"refund-dispute": tmp_path / "shipped.yaml"})
    monkeypatch.chdir(tmp_path)
    assert find_scenario(path) == path
    assert find_scenario("refund-dispute") == Path("refund-dispute")
    path.unlink()
    (tmp_path / "refund-dispute").mkdir()
    assert find_scenario("refund-dispute") == tmp_path / "shipped.yaml"
    assert find_scenario(tmp_path) == tmp_path
    with pytest.raises(UnknownNameError, match="did you mean 'refund-dispute'"):
        find_scenario("refund-disput")
    with pytest.raises(ScenarioError, match="no such file; shipped scenarios: refund-dispute"):
        find_scenario("refund-disput.yaml")
    for odd in ("x" * 5000, "a\0b", "a\nb"):
        with pytest.raises(UsageError) as caught:
            find_scenario(odd)
        assert "\n" not in str(caught.value)


def test_the_schema_file_is_up_to_date() -> None:
    """Refresh it with `make schema` (`python -m sims.scenario_file > scenarios/schema.json`)."""
    assert json.loads(schema_path().read_text(encoding="utf-8")) == scenario_schema()


def test_the_schema_is_one_and_explains_every_key() -> None:
    """Editors show the descriptions; `schema` and `from` stand under the names that files use."""
    schema = scenario_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    parts = [schema, *schema["$defs"].values()]
    silent = [key for part in parts for key, field in part["properties"].items() if not field.get("description")]
    assert silent == []
    assert all(part["additionalProperties"] is False for part in parts)
    assert "schema" in schema["properties"]
    assert "from" in schema["$defs"]["Stressor"]["properties"]


def test_the_schema_agrees_with_the_loader(tmp_path: Path) -> None:
    """What is shipped and the starter validate; the file of many faults does not."""
    validator = jsonschema.Draft202012Validator(scenario_schema())
    (tmp_path / "starter.yaml").write_text(starter("mine", schema="schema.json"), encoding="utf-8")
    yaml = YAML(typ="safe", pure=True)
    for path in [*shipped_scenarios().values(), tmp_path / "starter.yaml"]:
        assert list(validator.iter_errors(yaml.load(path))) == []
    broken = yaml.load(MANY_FAULTS.removesuffix("repeats: 7\n"))
    assert {error.path[0] for error in validator.iter_errors(broken) if error.path} >= {"schema", "agents", "stop"}


def test_the_starter_is_valid_and_points_editors_to_the_schema(write: Any) -> None:
    """Its first line is the one that editors read."""
    text = starter("my-scenario", schema="/some where/schema.json")
    assert text.startswith("# yaml-language-server: $schema=/some where/schema.json\n")
    assert load_scenario(write(text), judges=JUDGES, references=("service",)).id == "my-scenario"


@pytest.mark.parametrize(
    "start",
    ["    # model", "  # max_tok", "  # on_trunc", "# stressors", "  # digression", "# models", "# temp", "# rep"],
)
def test_what_the_starter_shows_in_comments_is_valid_too(write: Any, start: str) -> None:
    """Each optional key, put in force as it stands."""
    text = starter("mine", schema="s")
    freed = "\n".join(_in_force(text.splitlines(), start))
    assert freed != text.strip()
    assert check_scenario(write(freed))[1] == ()


@pytest.mark.parametrize("key", ["opening", "turns"])
def test_the_other_forms_that_the_starter_shows_are_valid(write: Any, key: str) -> None:
    """Each commented form of `opening` and `turns`, put in the place of the one in force."""
    lines = starter("mine", schema="s").splitlines()
    kept = [line for line in lines if not line.startswith(f"{key}:")]
    shown = [index for index, line in enumerate(kept) if line.startswith(f"# {key}:")]
    assert len(shown) == {"opening": 1, "turns": 3}[key]
    for index in shown:
        freed = [*kept[:index], *_in_force(kept[index : index + 2], kept[index]), *kept[index + 2 :]]
        assert check_scenario(write("\n".join(freed)))[1] == (), kept[index]


def _in_force(lines: list[str], start: str) -> Iterator[str]:
    """The lines with the one that begins so, and what hangs on it, no longer a comment."""
    is_on = False
    for line in lines:
        is_on = line.startswith(start) or (is_on and line.startswith("#   "))
        yield line.replace("# ", "", 1) if is_on else line


def test_the_starter_refuses_an_id_that_cannot_be() -> None:
    """Better than writing a file that fails."""
    with pytest.raises(UsageError, match="'My Scenario' cannot be a scenario's id"):
        starter("My Scenario", schema="s")


def test_every_part_of_a_scenario_is_known_to_the_fault_teller() -> None:
    """A new model must be entered in PARTS, so that its unknown keys get their nearest match."""
    found = {value for value in vars(models).values() if isinstance(value, type) and issubclass(value, BaseModel)}
    assert found - {BaseModel, models._Part} == set(PARTS.values())
    policies = [part.model_fields["policy"].annotation for part in PARTS.values() if "policy" in part.model_fields]
    assert all(f"turns.{name}" in PARTS for policy in policies for name in get_args(policy))


def mutations() -> st.SearchStrategy[str]:
    """The file of every key with a stretch cut out, doubled or replaced by something else."""
    text = re.sub(r"(?m)^( *)# (?=[\w -]*[\w]+: )", r"\1", starter("mine", schema="s"))
    pieces = st.sampled_from([*"\n{]:'\"~\x1bé", "", "- ", "&a ", "*a", "!!int ", "true", "-1", "<<: "])
    places = st.integers(0, len(text))

    def mutated(place: int, length: int, piece: str, times: int) -> str:
        return text[:place] + piece * times + text[place + length :]

    return st.builds(mutated, places, st.integers(0, 30), pieces, st.integers(1, 3))


@given(mutations())
@settings(max_examples=150, deadline=None)
def test_no_mutation_raises(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """A scenario or faults, never both, never neither; every fault is one printable line without pydantic's words."""
    path = tmp_path_factory.getbasetemp() / "mutated.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    scenario, found = check_scenario(path, judges=JUDGES, references=("service",))
    assert (scenario is None) == bool(found)
    assert all(str(fault).isprintable() and not re.search(r"Input should|pydantic", str(fault)) for fault in found)
    assert list(found) == sorted(found, key=lambda fault: (fault.line or 0, fault.column or 0))


words = st.sampled_from(["speaker", "text", "policy", "lines", "kind", "customer", "script", "role_flip"])
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats() | st.text(max_size=5) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(sorted(scenario_schema()["properties"])), plain)
@settings(max_examples=250, deadline=None)
def test_no_value_of_any_key_raises(tmp_path_factory: pytest.TempPathFactory, key: str, value: Any) -> None:
    """JSON is YAML: any plain value under any key is taken or told, in plain words."""
    data = YAML(typ="safe", pure=True).load(VALID) | {key: value}
    path = tmp_path_factory.getbasetemp() / "plain.yaml"
    path.write_text(json.dumps(data).replace("NaN", ".nan").replace("Infinity", ".inf"), encoding="utf-8")
    scenario, found = check_scenario(path)
    assert (scenario is None) == bool(found)
    assert all(not PYDANTIC_WORDS.search(fault.message.replace(str(value), "")) for fault in found)
