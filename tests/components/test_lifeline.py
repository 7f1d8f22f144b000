"""A run ends with the process that spawned it: killed outright, too."""

import multiprocessing
import os
import signal
import time

import psutil
import pytest
from patience import PATIENCE

from platform_core.components.lifeline import tie_to_parent

pytestmark = pytest.mark.processes


def _run(answers):
    tie_to_parent()
    tie_to_parent()  # a second location in one process: nothing more
    answers.put(os.getpid())
    time.sleep(600)


def _code_server(answers):
    context = multiprocessing.get_context("spawn")  # as Dagster's code server starts a run
    context.Process(target=_run, args=(answers,)).start()
    time.sleep(600)


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM])
def test_a_run_does_not_outlive_its_code_server(sign):
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    server = context.Process(target=_code_server, args=(answers,))
    server.start()
    run = psutil.Process(answers.get(timeout=PATIENCE))
    assert run.is_running()
    os.kill(server.pid, sign)
    server.join()
    run.wait(PATIENCE)


def test_a_process_that_nobody_spawned_is_left_alone():
    import threading

    tie_to_parent()
    assert not any(thread.name == "lifeline" for thread in threading.enumerate())
