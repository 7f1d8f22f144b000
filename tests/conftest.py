"""What tests of every part share."""

import signal

from postgres_server import own_postgres, postgres, postgres_database

__all__ = ["own_postgres", "postgres", "postgres_database"]

# Started in the background of a script, Ctrl-C is ignored, and Dagster copies that to SIGTERM: processes that a test
# starts would inherit it, and nobody could stop them.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
