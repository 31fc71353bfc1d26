"""What an operator steers at run time, feeds and mirrors paused, a mirror's rate; and how both did, hour by hour."""

from pathlib import Path

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Runs the file's SQL as it stands."""
    op.get_bind().exec_driver_sql(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
