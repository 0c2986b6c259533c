"""audit: the data types that are no conversations, and second order for all of them."""

from __future__ import annotations

import typer

from simstress.cli import audit_instructions, audit_labels, audit_preferences, audit_simulations, audit_texts, options

app = typer.Typer(
    help="Data that models made against people's: task labels, preferences, instructions, free-form texts, and"
    " simulations as training data.",
    no_args_is_help=True,
)

for verb in (
    audit_labels.labels,
    audit_preferences.preferences,
    audit_instructions.instructions,
    audit_texts.texts,
    audit_simulations.simulations,
):
    app.command(context_settings=options.FROM_ENVIRONMENT)(verb)
