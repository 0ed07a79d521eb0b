"""The documents are true: what they name exists, and what exists for users is in them."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest
from aiohttp.web import Resource

import bot.assistant
import bot.facets.layout
import bot.judging
import knowledge.retriever
import nlu.personal
import web.serving
from bot.evaluation import EXPECTED, reliability, summary
from bot.messages import Outcome
from knowledge.importers.columns import COLUMNS
from knowledge.importers.offices import COLUMNS as OFFICE_COLUMNS
from knowledge.types import Facet
from storage.conversations import Conversations
from storage.database import open_database
from web.app import create_app
from web.cli import main
from web.settings import NAMES, Settings

ROOT = Path(__file__).resolve().parents[2]
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
SOURCES = ("web", "channels", "bot", "knowledge", "nlu", "storage", "tests", "benchmarks", "scripts")
# Made by running the program, so not in a clean checkout.
MADE = ("var/", ".venv/", "index/", "models/")
HEADINGS = ({"Context"}, {"Decision"}, {"Consequences"}, {"How it was measured", "Measured"})
LARGEST_PICTURE = 150_000  # bytes


def text_of(*parts: str) -> str:
    return ROOT.joinpath(*parts).read_text(encoding="utf-8")


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


each_page = pytest.mark.parametrize("page", PAGES, ids=name_of)


def quoted(text: str) -> list[str]:
    """Everything between back quotes, also each line of a fenced block."""
    fenced = [
        line.split("#")[0].strip()
        for block in re.findall(r"```\w*\n(.*?)```", text, re.S)
        for line in block.splitlines()
    ]
    return fenced + re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.S))


def listed(text: str, start: str) -> set[str]:
    """The quoted words of the paragraph that starts so."""
    paragraph = next(part for part in text.split("\n\n") if part.startswith(start))
    return set(re.findall(r"`([^`]+)`", paragraph))


def rows(text: str) -> list[list[str]]:
    """The cells of every table row."""
    return [
        [cell.strip() for cell in line.strip("|").split(" | ")] for line in text.splitlines() if line.startswith("|")
    ]


# ---- settings


@pytest.mark.parametrize("name", NAMES)
def test_a_setting_is_in_the_readme_and_in_the_example(name: str) -> None:
    assert f"| `{name}` |" in text_of("README.md")
    assert re.search(rf"^#?{name}=", text_of(".env.example"), re.MULTILINE)


def test_the_example_and_the_readme_hold_no_setting_that_nobody_reads() -> None:
    assert set(re.findall(r"^#?([A-Z_]+)=", text_of(".env.example"), re.MULTILINE)) == set(NAMES)
    assert {cells[0].strip("`") for cells in rows(text_of("README.md")) if re.match(r"`[A-Z_]+`$", cells[0])} == set(
        NAMES
    )


def test_every_variable_of_ours_that_is_read_is_documented() -> None:
    read: set[str] = set()
    for folder in SOURCES:
        for file in (ROOT / folder).rglob("*"):
            if file.is_file() and (file.suffix == ".py" or folder == "scripts") and file != Path(__file__):
                read |= set(re.findall(r"\bMOTCUA_[A-Z]+(?:_[A-Z]+)*\b", file.read_text(encoding="utf-8")))
    told = text_of("README.md") + text_of("CONTRIBUTING.md")
    assert {name for name in read if name not in told} == set()


# ---- the command line


def options_of(command: click.Command) -> set[str]:
    found = {name for param in command.params if isinstance(param, click.Option) for name in param.opts}
    return {name for name in found if name.startswith("--")}


def options_below(command: click.Command) -> set[str]:
    """Return the options of a command and of all its own commands."""
    inner = command.commands.values() if isinstance(command, click.Group) else ()
    return options_of(command).union(*map(options_below, inner))


@pytest.mark.parametrize("name", sorted(main.commands))
def test_a_command_stands_in_the_readme_with_its_options(name: str) -> None:
    row = next((cells[0] for cells in rows(text_of("README.md")) if re.match(rf"`motcua {name}\b", cells[0])), "")
    assert row, f"`motcua {name}` is not in the table"
    assert set(re.findall(r"--[a-z-]+", row)) == options_of(main.commands[name])


def test_the_options_of_the_program_itself_are_told() -> None:
    assert {name for name in options_of(main) if f"`{name}`" not in text_of("README.md")} == set()


@each_page
def test_only_commands_that_exist_are_shown(page: Path) -> None:
    for shown in quoted(page.read_text(encoding="utf-8")):
        found = re.match(r"(?:\.venv/bin/)?motcua ([a-z]+)(.*)", shown)
        if found:
            assert found[1] in main.commands, shown
            assert set(re.findall(r"--[a-z-]+", found[2])) <= options_below(main.commands[found[1]]), shown


@each_page
def test_only_make_targets_that_exist_are_shown(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", text_of("Makefile"), re.MULTILINE))
    shown = [
        found[1] for words in quoted(page.read_text(encoding="utf-8")) if (found := re.match(r"make ([a-z]+)$", words))
    ]
    assert set(shown) <= targets


# ---- names of files, functions, links


@each_page
def test_the_files_named_exist(page: Path) -> None:
    top = {path.name for path in ROOT.iterdir()}
    for words in quoted(page.read_text(encoding="utf-8")):
        for path in re.findall(r"(?<![\w/.{-])[\w.-]+(?:/[\w.-]+)*/?(?![\w/}])", words):
            if path.split("/")[0] in top and not path.startswith(MADE) and ("/" in path or "." in path):
                assert (ROOT / path).exists(), f"{path} is not there"


@each_page
def test_the_functions_named_with_their_file_are_in_it(page: Path) -> None:
    for name, path in re.findall(r"`([A-Za-z_][\w.]*)` (?:in|of) `([\w/]+\.py)`", page.read_text(encoding="utf-8")):
        last = name.split(".")[-1]
        assert re.search(rf"(?:def|class) {last}\b|^{last}\b.*=", text_of(path), re.MULTILINE), (
            f"{name} is not in {path}"
        )


@each_page
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)|src=\"([^\"]+\.png)\"", text):
        link = "".join(target)
        if not re.match(r"https?:", link):
            assert (page.parent / link.split("#")[0]).exists(), link


def test_pictures_are_small() -> None:
    pictures = list((ROOT / "docs" / "images").glob("*.png"))
    assert pictures
    assert {picture.name for picture in pictures if picture.stat().st_size >= LARGEST_PICTURE} == set()


# ---- decisions


@pytest.mark.parametrize("page", DECISIONS, ids=name_of)
def test_a_decision_has_its_four_parts_and_fits_a_page(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert re.match(rf"# {page.name[:4]} \w", text)
    found = set(re.findall(r"^## (.+)$", text, re.MULTILINE))
    assert all(names & found for names in HEADINGS), f"has only {found}"
    assert len(text.splitlines()) <= 80


def test_decisions_are_numbered_once() -> None:
    numbers = [page.name[:4] for page in DECISIONS]
    assert len(set(numbers)) == len(numbers)


# ---- what outsiders rely on


def test_outcomes_and_facets_are_those_of_the_program() -> None:
    text = text_of("docs", "evaluation.md")
    assert listed(text, "All outcomes:") == set(Outcome)
    assert listed(text, "All facets:") == set(Facet)


def test_kinds_count_as_the_document_says() -> None:
    told: dict[str, set[str]] = {}
    for kinds, outcomes, *_ in (cells for cells in rows(text_of("docs", "evaluation.md")) if len(cells) == 2):
        for kind in re.findall(r"`(\w+)`", kinds):
            if kind in EXPECTED:
                told[kind] = set(re.findall(r"`(\w+)`", outcomes)) if "any" not in outcomes else set(Outcome)
    assert told == EXPECTED


def test_every_figure_of_an_evaluation_is_explained() -> None:
    text = text_of("docs", "evaluation.md")
    figures = {*summary([]), *summary([])["retrieval"], "reliability", "ablation"} - {"n", "cases", "retrieval"}
    shortened = {"recall@5": "@5", "recall@10": "@10"}
    assert reliability([]) == []
    assert {figure for figure in figures if f"`{shortened.get(figure, figure)}`" not in text} == set()


def test_every_route_is_in_the_architecture(tmp_path: Path) -> None:
    settings = Settings(tmp_path, 0, "http://localhost", "", "")
    app = create_app(settings, None, Conversations(open_database("sqlite://")))  # type: ignore[arg-type]
    routes = {resource.canonical for resource in app.router.resources() if isinstance(resource, Resource)}
    text = text_of("docs", "architecture.md")
    assert "/healthz" in routes
    assert {route for route in routes if not re.search(rf"[` ]{re.escape(route)}[`?]", text)} == set()


def test_every_kind_of_personal_number_is_in_the_privacy_page() -> None:
    kinds = [
        value
        for name, value in vars(nlu.personal).items()
        if name.isupper() and isinstance(value, str) and name[0] != "_"
    ]
    text = " ".join(text_of("docs", "privacy.md").split())
    assert len(kinds) >= 9
    assert [kind for kind in kinds if kind not in text] == []


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (bot.assistant.LONGEST_TEXT, "over {:,} characters"),
        (bot.facets.layout.PAGE_LENGTH, "pages of {} characters"),
        (knowledge.retriever.KEYWORD_WEIGHT, "weighs them {:.2g} and"),
        (knowledge.retriever.DENSE_WEIGHT, "and {:.2g}"),
        (knowledge.retriever.UNSAID, "loses {:.2g} for each word"),
        (knowledge.retriever.OTHER_PROVINCE, "loses {:.2g} unless the province"),
        (bot.judging.OPTIONS, "up to {} are offered"),
        (web.serving._WATCH_SECONDS, "every {:.1f} seconds"),
    ],
)
def test_numbers_in_the_architecture_are_those_of_the_program(value: float, words: str) -> None:
    number = words.format(value).replace(" 0.", " .").replace("3 are offered", "three are offered")
    assert number in " ".join(text_of("docs", "architecture.md").split())


def test_the_steps_of_a_message_are_told_in_order() -> None:
    text = text_of("docs", "architecture.md")
    told = [cells[0].strip("`") for cells in rows(text) if len(cells) == 3]
    assert [step.__name__ for step in bot.assistant.STEPS] == [
        name for name in told if hasattr(bot.assistant.Assistant, name)
    ]


def test_every_column_of_the_table_to_import_is_told() -> None:
    text = text_of("docs", "importing.md")
    assert [column.heading for column in OFFICE_COLUMNS if f"| {column.heading} |" not in text] == []
    assert [column.heading for column in COLUMNS if f"| {column.heading} |" not in text] == []
