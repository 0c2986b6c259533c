"""The tables of calibrate: the threshold and how well it does, and the true rate."""

from __future__ import annotations

from rich.table import Table

from judges.calibration import Calibration
from judges.measuring.figures import Figure
from judges.true_rate import Rate, TrueRate
from simstress.cli.texts import plain_table


def calibration_table(judge: str, found: Calibration) -> Table:
    """The threshold, its figures on held-out folds with worst-case bounds, and the agreement between people."""
    table = plain_table(
        f"{judge}: {found.labels:,} labelled {found.unit}s of {found.conversations:,} conversations,"
        f" {found.positives:,} positive",
        "",
        "Value (95%)",
        "Worst case",
        caption="Figures are of decisions on conversations that the threshold was not fitted to; intervals (95%)"
        " resample conversations. Worst case: whatever the unscored items had been.",
    )
    threshold = "none reaches it" if found.threshold is None else f"{found.threshold:g}"
    table.add_row(f"threshold for precision {found.wanted_precision:g}", threshold, "")
    table.add_row("precision", _figure(found.precision), _bounds(found.precision_worst))
    table.add_row("recall", _figure(found.recall), _bounds(found.recall_worst))
    table.add_row("AUC", _figure(found.auc), "")
    table.add_row("Cohen's kappa with people", _figure(found.kappa), "")
    if found.people_kappa or found.people_alpha is not None:
        table.add_row("Cohen's kappa among people", _figure(found.people_kappa), "")
        alpha = "-" if found.people_alpha is None else f"{found.people_alpha:.3f}"
        table.add_row("Krippendorff's alpha among people", alpha, "")
    table.add_row(f"unscored {found.unit}s", f"{found.unscored:,}", "")
    table.add_row("conversations not judged", f"{found.unjudged_conversations:,}", "")
    return table


def rate_table(rate: TrueRate) -> Table:
    """The true rate as each method has it, the valid one first."""
    table = plain_table(
        f"Rate of flagged {rate.unit}s: {rate.labelled:,} labelled and {rate.unlabelled:,} unlabelled conversations",
        "Method",
        "Rate (95%)",
        caption="Mean over conversations. The naive interval knows nothing of the judge's errors. The labelled"
        " conversations are taken to be a random sample of all.",
    )
    table.add_row("prediction-powered", _rate(rate.estimate))
    if rate.unjudged:
        bounds = f"[{rate.worst_low:.4f}, {rate.worst_high:.4f}]"
        table.add_row(f"  whatever the {rate.unjudged:,} not judged were", bounds)
    table.add_row("labels alone", _rate(rate.labels_only))
    table.add_row("naive: the judge alone", _rate(rate.naive))
    table.add_row("Rogan-Gladen", "-" if rate.rogan_gladen is None else f"{rate.rogan_gladen:.4f}")
    return table


def _figure(figure: Figure | None) -> str:
    return "-" if figure is None else f"{figure.value:.3f} [{figure.ci_low:.3f}, {figure.ci_high:.3f}]"


def _bounds(bounds: tuple[float, float] | None) -> str:
    return "" if bounds is None else f"[{bounds[0]:.3f}, {bounds[1]:.3f}]"


def _rate(rate: Rate) -> str:
    return f"{rate.value:.4f} [{rate.ci_low:.4f}, {rate.ci_high:.4f}]"
