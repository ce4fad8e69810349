"""Drafts of an answers file: what a report says in so many words, and nothing more."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from checks.claims import ENTRIES
from gradus import answers_toml
from gradus.claims import pdf_text, texts
from gradus.claims.drafting import draft
from gradus.claims.stated import read
from gradus.claims.texts import Passage, ReportError, passages
from gradus.cli import app

ENGLISH = """
# Assignment 1
## Task 2
### 2d)
Early stopping kicked in at epoch 33, as the validation loss did not improve over the last 10
validation checks. The final validation loss was about 0.067.
### 2e
There are 31 batches per epoch. Spikes occur once every sixth epoch, every 186th step.
This is because the validation is performed only once every fifth training step.
## Task 3
The early stopping triggered at epoch 52.

3c) The training accuracy is 92.4 % and the validation accuracy is **91.63 %**.

d) The training and validation accuracy diverge at around 2 000 steps. Both curves improve until
about 8000 steps.
## Task 4
c) For $\\lambda = 1$ the accuracy is 0.80. For $\\lambda = 0.1$ we get an accuracy of 0.88.
"""
OF_ENGLISH = {
    "2d.stop-epoch": 33,
    "2d.patience": 10,
    "2d.validation-loss": "about 0.067",
    "2e.batches-per-epoch": 31,
    "2e.spike-period-epochs": 6,
    "2e.spike-period-steps": 186,
    "2e.validation-interval": 5,
    "3b.stop-epoch": 52,
    "3c.train-accuracy": "92.4 %",
    "3c.validation-accuracy": "91.63 %",
    "3d.parting-step": "around 2 000",
    "3d.improves-until-step": "about 8000",
    "4c.validation-accuracy": {"1": "0.80", "0.1": 0.88},
}
NORWEGIAN = """
# Oppgave 2d
Early stopping slo inn i epoke 33. Valideringstapet var da 0,067.
# Oppgave 2e
Vi har 31 batcher per epoke. Toppene kommer hver sjette epoke, altså hvert 186. steg.
Validering skjer bare hvert femte steg.
# Oppgave 3b
Treningstapet endte på 0,2775, mens valideringstapet endte på 0,2973.
# Oppgave 3d
Nøyaktighetene skiller lag rundt 2000 steg, og kurvene forbedres fram til omtrent 8000 steg.
"""
OF_NORWEGIAN = {
    "2d.stop-epoch": 33,
    "2d.validation-loss": "0,067",
    "2e.batches-per-epoch": 31,
    "2e.spike-period-epochs": 6,
    "2e.spike-period-steps": 186,
    "2e.validation-interval": 5,
    "3b.train-loss": "0,2775",
    "3b.validation-loss": "0,2973",
    "3d.parting-step": "rundt 2000",
    "3d.improves-until-step": "omtrent 8000",
}


def written(tmp_path: Path, name: str, content: str | bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def drafted(path: Path) -> str:
    return draft(path.name, passages(path), ENTRIES)


def claims_of(text: str) -> dict[str, Any]:
    answers = answers_toml.parse(text.encode())
    assert answers.problem is None
    return answers.claims


@pytest.mark.parametrize(
    ("text", "states"), [(ENGLISH, OF_ENGLISH), (NORWEGIAN, OF_NORWEGIAN)], ids=["en", "nb"]
)
def test_a_report_s_claims_are_drafted_with_their_sentences(
    tmp_path: Path, text: str, states: dict[str, Any]
) -> None:
    found = drafted(written(tmp_path, "report.md", text))
    assert claims_of(found) == states
    lines = found.splitlines()
    for number, line in enumerate(lines):
        if line.startswith('"'):
            assert lines[number - 1].startswith("# ")
    assert "# Early stopping " in found


@pytest.mark.parametrize(
    ("sentence", "id", "value"),
    [
        ("Training stopped early after 34 epochs.", "2d.stop-epoch", 34),
        ("The early stopping kicks in at epoch number 33.", "2d.stop-epoch", 33),
        ("Early stopping was triggered in epoch 33 (step 1044).", "2d.stop-epoch", 33),
        ("It stops at step 1044.", "2d.stop-step", 1044),
        ("Training stopped after 1044 gradient steps.", "2d.stop-step", 1044),
        ("We reach a validation accuracy of 97.85%.", "2d.validation-accuracy", "97.85%"),
        ("We get an accuracy of 97.9 % on the validation set.", "2d.validation-accuracy", "97.9 %"),
        ("The loss on the validation set was 0.067.", "2d.validation-loss", 0.067),
        ("Cross entropy loss of 0.070 for the training data.", "2d.train-loss", "0.070"),
        ("Final val loss = 0.0673", "2d.validation-loss", 0.0673),
        ("The lowest validation loss was 0.0657.", "2d.best-validation-loss", 0.0657),
        ("Nøyaktigheten på valideringssettet ble 0,979.", "2d.validation-accuracy", "0,979"),
        ("Treningen ble stoppet etter 33 epoker.", "2d.stop-epoch", 33),
        ("Validation loss: 0.0673", "2d.validation-loss", 0.0673),
        ("Train accuracy: 0.9775", "2d.train-accuracy", 0.9775),
        ("We used a patience of 10.", "2d.patience", 10),
    ],
)
def test_ways_to_put_it(sentence: str, id: str, value: Any) -> None:
    assert claims_of(draft("report.md", [Passage(sentence, "2d")], ENTRIES))[id] == value


@pytest.mark.parametrize(
    "sentence",
    [
        "Early stopping is not needed in the first 10 epochs.",
        "Figure 3 shows the validation loss.",
        "The validation accuracy improves by a lot in epoch 2 and 3.",
        "We use 20 % of the data 10 times.",
        "Training loss and validation loss differ by 0.01.",
    ],
)
def test_ways_to_put_something_else(sentence: str) -> None:
    assert claims_of(draft("report.md", [Passage(sentence, "2d")], ENTRIES)) == {}


def test_every_drafted_value_can_be_read(tmp_path: Path) -> None:
    entries = {entry.id: entry for entry in ENTRIES}
    for text in (ENGLISH, NORWEGIAN):
        for id, value in claims_of(drafted(written(tmp_path, "report.md", text))).items():
            read(entries[id], value)


def test_without_a_heading_a_person_decides(tmp_path: Path) -> None:
    found = drafted(written(tmp_path, "report.md", "The validation loss was 0.067."))
    assert claims_of(found) == {}
    assert '#   "2d.validation-loss" = 0.067' in found
    assert '#   "3b.validation-loss" = 0.067' in found


def test_under_another_task_a_person_decides(tmp_path: Path) -> None:
    found = drafted(written(tmp_path, "report.md", "# Task 1a\n\nThere are 31 batches per epoch."))
    assert claims_of(found) == {}
    assert '#   "2e.batches-per-epoch" = 31' in found


def test_two_values_of_one_claim_are_left_to_a_person(tmp_path: Path) -> None:
    text = "# Task 2d\nIt stopped early in epoch 33. Early stopping ended it at epoch 34."
    found = drafted(written(tmp_path, "report.md", text))
    assert claims_of(found) == {}
    assert '#   "2d.stop-epoch" = 33' in found
    assert '#   "2d.stop-epoch" = 34' in found


def test_one_value_stated_twice_stands_once(tmp_path: Path) -> None:
    text = "# Task 2d\nIt stopped early in epoch 33. As early stopping ended it at epoch 33, fine."
    assert claims_of(drafted(written(tmp_path, "report.md", text))) == {"2d.stop-epoch": 33}


def test_words_that_state_nothing_are_not_drafted(tmp_path: Path) -> None:
    text = "# Task 2d\nWe set 42 aside. The loss falls. See figure 3 and page 12. 500 of 2.5."
    assert claims_of(drafted(written(tmp_path, "report.md", text))) == {}


def test_code_in_a_report_is_not_read(tmp_path: Path) -> None:
    text = "# Task 2d\n```python\nprint('Early stopping at epoch 3')\n```\nStopped at epoch 33.\n"
    assert claims_of(drafted(written(tmp_path, "report.md", text))) == {"2d.stop-epoch": 33}


def test_a_notebook_s_text_and_output_are_read(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "markdown", "source": ["## Task 2d\n", "Early stopping at epoch 33."]},
        {
            "cell_type": "code",
            "source": "print('Early stopping at epoch 12')",
            "outputs": [
                {"output_type": "stream", "text": ["Validation loss: 0.0673\n", "Done\n"]},
                {"output_type": "display_data", "data": {"image/png": "aaaa"}},
            ],
        },
    ]
    path = written(tmp_path, "report.ipynb", json.dumps({"cells": cells}))
    assert claims_of(drafted(path)) == {"2d.stop-epoch": 33, "2d.validation-loss": 0.0673}


def test_a_pdf_s_text_is_read(tmp_path: Path) -> None:
    import matplotlib.pyplot as plt

    figure = plt.figure()
    for line, text in enumerate(("Task 2d", "Early stopping kicked in at epoch 33.")):
        figure.text(0.1, 0.9 - line / 10, text)
    figure.savefig(tmp_path / "report.pdf")
    plt.close(figure)
    assert claims_of(drafted(tmp_path / "report.pdf")) == {"2d.stop-epoch": 33}


# Hostile reports are data.


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("report.docx", b"PK", "expected one of .pdf, .ipynb, .md"),
        ("report.md", b"\xff\xfe\x00", "not UTF-8"),
        ("report.md", b"a " * 300_000, "more than 500,000 characters"),
        ("report.ipynb", b"{", "no notebook"),
        ("report.ipynb", b"[" * 100_000, "no notebook"),
        ("report.ipynb", b'{"cells": [3]}', "no notebook"),
        ("report.ipynb", b'{"cells": [{"cell_type": "markdown", "source": {}}]}', "no notebook"),
        ("report.ipynb", b'{"cells": [' + b"[]," * 2_000_000 + b"[]]}", "2,000,000 parts"),
        ("report.pdf", b"", "no PDF that can be read"),
        ("report.pdf", b"%PDF-1.7\n" + b"[" * 100_000, "not taken"),
        ("report.pdf", b"%PDF-1.4\ntrailer<</Root 1 0 R>>\n%%EOF", "not taken"),
    ],
)  # fmt: skip
def test_what_is_no_report_is_refused_in_one_sentence(
    tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    with pytest.raises(ReportError, match=says) as raised:
        passages(written(tmp_path, name, content))
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 300


def test_a_row_of_nothing_but_spaces_takes_no_time(tmp_path: Path) -> None:
    """Work that grew with the square of the spaces took hours."""
    text = f"# Task 2d\n| validation loss |{' ' * 400_000}0.067 | {'|' * 1_000} |\n"
    assert claims_of(drafted(written(tmp_path, "report.md", text))) == {"2d.validation-loss": 0.067}


def test_a_file_that_is_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(texts, "MAX_BYTES", 1 << 20)
    with pytest.raises(ReportError, match="larger than 1 MiB"):
        passages(written(tmp_path, "report.md", b"a" * ((1 << 20) + 1)))


def test_a_folder_is_no_report(tmp_path: Path) -> None:
    (tmp_path / "report.pdf").mkdir()
    with pytest.raises(ReportError, match="is no file"):
        passages(tmp_path / "report.pdf")


def test_a_pdf_that_takes_too_long_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    endless = written(tmp_path, "endless.py", "while True: pass")
    monkeypatch.setattr(pdf_text, "__file__", str(endless))
    monkeypatch.setattr(texts, "PDF_SECONDS", 0.5)
    with pytest.raises(ReportError, match="too long"):
        passages(written(tmp_path, "report.pdf", b"%PDF"))


def test_hostile_text_stays_in_comments_and_strings() -> None:
    hostile = 'Early stopping\x1b[31m """ \u202e <script> at epoch 33 # \x00\r = [1]'
    found = draft('x\n"evil" = 1', [Passage(hostile, "2d")], ENTRIES)
    assert claims_of(found) == {"2d.stop-epoch": 33}
    assert all(line.isprintable() for line in found.splitlines())


WORDS = """
early;stopping;at epoch;validation;loss;accuracy;of;0.067;1,;about;every;sixth;steps;λ =;97 %;.;c)
$;**;[;](;```;\x1b[1m;";\\;''';<b>;1e9;spikes;improves until;# Task 2d;|
"""
PIECES = st.sampled_from(
    [f"{word}{end}" for word in re.split(r"[;\n]", WORDS.strip()) for end in (" ", "\n")]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(PIECES, max_size=40).map("".join))
def test_every_draft_is_toml_of_known_claims(text: str) -> None:
    found = draft("report.md", texts._passages(text), ENTRIES)
    claims = tomllib.loads(found)["claims"]
    assert set(claims) <= {entry.id for entry in ENTRIES}


# The command.


def test_the_command_writes_a_draft_and_never_over_another(tmp_path: Path) -> None:
    report = written(tmp_path, "report.md", ENGLISH)
    out = tmp_path / "answers.toml"
    done = CliRunner().invoke(app, ["claims", str(report), "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert answers_toml.read(tmp_path).claims == OF_ENGLISH
    again = CliRunner().invoke(app, ["claims", str(report), "--out", str(out)])
    assert again.exit_code == 2
    assert "there already" in again.output


def test_the_command_refuses_in_one_sentence(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["claims", str(written(tmp_path, "report.pdf", b"%PDF"))])
    assert done.exit_code == 2
    assert done.output.count("\n") == 1


def test_the_command_alone_lists_the_vocabulary() -> None:
    done = CliRunner().invoke(app, ["claims"])
    assert done.exit_code == 0
    documentation = Path(__file__).resolve().parent.parent / "docs" / "answers.md"
    # Where this fails: put the output of `gradus claims` in place of the page's table.
    assert done.output in documentation.read_text("utf-8")
    assert all(f"`{entry.id}`" in done.output for entry in ENTRIES)
