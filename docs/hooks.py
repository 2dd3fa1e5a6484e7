"""Pages that are made from the code: the rules, from their docstrings and their cases."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from mkdocs.structure.files import File

from growwork.rules.registry import RULES

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

    from growwork.rules.types import Rule


def rule_section(rule: Rule) -> str:
    """One rule as Markdown: its docstring, one level down, and the names of its cases."""
    title, _, body = inspect.cleandoc(rule.doc).partition("\n")
    flagged = "\n".join(f"- {case.name}" for case in rule.invalid)
    left_alone = "\n".join(f"- {case.name}" for case in rule.valid)
    return (
        f"## {rule.code} {rule.name} {{#{rule.code.lower()}}}\n\n{title}\n{body}\n\n"
        f"**Flagged**\n\n{flagged}\n\n**Left alone**\n\n{left_alone}\n"
    )


def rules_page() -> str:
    """The page of all rules."""
    intro = (
        "# Rules\n\nA rule turns the evidence about one map site into at most one finding. "
        "The cases below each rule are run as its tests.\n\n"
    )
    return intro + "\n".join(rule_section(rule) for rule in RULES)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages before mkdocs reads the folder's own."""
    files.append(File.generated(config, "rules.md", content=rules_page()))
    return files
