"""What every table on a terminal is made of: text that can do the screen no harm, and tables of one look."""

from __future__ import annotations

from rich import box
from rich.table import Table
from rich.text import Text

from analysis.wording import one_line


def safe(text: str, *, style: str = "", limit: int = 200) -> Text:
    """The text on one line, without markup and with control characters made visible."""
    return Text(one_line(text, limit=limit), style=style)


def plain_table(title: str = "", *columns: str, caption: str = "") -> Table:
    """A table with a title above it and a caption below, both left, whose columns fold."""
    heading = safe(title, style="bold") if title else None
    table = Table(title=heading, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    if caption:
        table.caption, table.caption_justify = safe(caption, limit=1_000), "left"
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
