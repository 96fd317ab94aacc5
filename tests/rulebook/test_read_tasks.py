"""tasks.yaml: what is read, what is refused, and how that is told."""

import pytest
import yaml
from jsonschema import Draft202012Validator

from hub.rulebook.book import Rulebook
from hub.rulebook.read import read_partly, read_rulebook
from hub.rulebook.shapes import rule_schemas
from hub.rulebook.task_rules import Approval, TaskRules
from hub.settings import shipped
from hub.vocabulary.moves import ActorRole
from hub.vocabulary.terms import DeadlineBasis
from tests.rulebook.city_folder import FOLDER

TASKS = """\
returns:
  within: { basis: work_day, amount: 1 }
  at_most: 3
  reasons:
    not-ours: { zh: 非本单位职责, en: Not ours }
verifiers: [verifier]
extensions:
  at_most: 1
  approval:
    - { role: dispatcher, up_to_days: 2 }
    - { role: leader, up_to_days: 20 }
deferrals:
  at_most: 0
"""


def book_of(text: str) -> Rulebook:
    book = read_rulebook({**FOLDER, "tasks.yaml": text}, {})
    assert isinstance(book, Rulebook), book
    return book


def test_it_is_read_whole() -> None:
    tasks = book_of(TASKS).tasks
    assert (tasks.return_basis, tasks.return_amount, tasks.returns_at_most) == (DeadlineBasis.WORK_DAY, 1.0, 3)
    assert {code: reason.zh for code, reason in tasks.return_reasons.items()} == {"not-ours": "非本单位职责"}
    assert tasks.verifiers == (ActorRole.VERIFIER,)
    assert (tasks.extensions_at_most, tasks.deferrals_at_most) == (1, 0)
    assert tasks.extension_approval[1] == Approval(role=ActorRole.LEADER, up_to_days=20.0)
    assert tasks.deferral_approval == TaskRules().deferral_approval


def test_without_it_a_city_has_the_defaults_and_yuncheng_writes_them_out() -> None:
    plain = read_rulebook(FOLDER, {})
    assert isinstance(plain, Rulebook)
    assert plain.tasks == TaskRules()
    shipped_text = (shipped("rules") / "yuncheng" / "tasks.yaml").read_text("utf-8")
    assert book_of(shipped_text).tasks == TaskRules()


#: A change of the text, where that is told, what is said, and whether an editor sees it too.
WRONG = [
    ("  at_most: 3", "  at_mots: 3", "3:3: unknown key `at_mots`; did you mean `at_most`?", True),
    ("work_day", "workday", "2:20: `workday` is none of", True),
    ("amount: 1 }", "amount: 0 }", "2:38: 0 is out of range", True),
    ("at_most: 3", "at_most: 2.5", "3:12: expected a whole number", True),
    ("{ zh: 非本单位职责, en: Not ours }", "非本单位职责", "5:15: expected a mapping", True),
    ("not-ours:", "not ours:", "5:15: `not ours` cannot be a key", True),
    ("verifiers: [verifier]", "verifiers: [clerk]", "6:13: a clerk handles tasks and never verifies one", True),
    ("verifiers: [verifier]", "verifiers: []", "6:12: the list is empty", True),
    ("verifiers: [verifier]", "verifiers: [verifier, verifier]", "6:23: `verifier` is given twice", False),
    ("role: dispatcher", "role: verifier", "10:15: `verifier` approves nothing", True),
    ("role: leader", "role: dispatcher", "11:15: `dispatcher` does not stand above `dispatcher`", False),
    ("up_to_days: 20", "up_to_days: 2", "11:35: must be more than the 2 days of `dispatcher`", False),
    ("{ role: leader, up_to_days: 20 }", "{ role: leader }", "11:7: `up_to_days` is missing", True),
]


@pytest.mark.parametrize(("old", "new", "told", "in_the_editor"), WRONG, ids=lambda value: str(value)[:30])
def test_what_is_wrong_is_told_where_it_stands(old: str, new: str, told: str, in_the_editor: bool) -> None:
    assert old in TASKS
    text = TASKS.replace(old, new, 1)
    _, errors = read_partly({**FOLDER, "tasks.yaml": text}, {})
    assert [str(error) for error in errors if str(error).startswith(f"tasks.yaml:{told}")], [*map(str, errors)]
    assert len(errors) == 1, [*map(str, errors)]
    assert Draft202012Validator(rule_schemas()["tasks"]).is_valid(yaml.safe_load(text)) != in_the_editor


def test_the_editor_takes_what_is_read() -> None:
    assert Draft202012Validator(rule_schemas()["tasks"]).is_valid(yaml.safe_load(TASKS))
