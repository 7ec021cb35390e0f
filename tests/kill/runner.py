"""A process that has loaded the program and forks a child for each request: a cheap fresh start.

Requests come as JSON lines; each is answered by one. The child works in a database and a data
folder of its own, and may be told to kill itself with SIGKILL at a fail point.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any


class Recorder(str):
    """Stands where the name of a fail point to kill at stands, and notes every point reached."""

    reached: list[object]

    def __new__(cls) -> Recorder:
        made = super().__new__(cls, "")
        made.reached = []
        return made

    def __eq__(self, name: object) -> bool:
        if name not in self.reached:
            self.reached.append(name)
        return False

    __hash__ = str.__hash__


def child(request: dict[str, Any]) -> None:
    """Do one request in this process, and write the answer beside the data."""
    from django.db import connections

    from sameboat.runtime import failpoints, keys, settings

    os.environ["SAMEBOAT_DATA_DIR"] = request["data"]
    settings.settings.cache_clear()
    keys.keystore.cache_clear()
    connections["default"].settings_dict["NAME"] = request["database"]
    from kill import story, workers

    step = story.STORY[request["step"]]
    step = replace(step, now=step.now + timedelta(seconds=request.get("late", 0)))
    recorder = Recorder()
    answer: dict[str, Any] = {}
    if request["do"] == "prepare":
        step.prepare(step.now)
    elif request["do"] == "look":
        answer = {"seen": workers.seen()}
    elif request["do"] != "work":
        answer = {"said": workers.said(request["do"], step.now)}
    else:
        failpoints._KILL_AT = request.get("kill_at") or recorder
        story.work(step)
        answer = {"reached": recorder.reached}
    Path(request["answer"]).write_text(json.dumps(answer))
    connections.close_all()


def main() -> None:
    import django

    django.setup()
    # All that a child needs is loaded before the first fork; no thread runs, nothing is open.
    import ibis

    from kill import story, workers

    assert ibis.duckdb and story and workers
    _say({"ready": True})
    for line in sys.stdin:
        request = json.loads(line)
        pid = os.fork()
        if pid == 0:
            code = 0
            try:
                child(request)
            except Exception:
                traceback.print_exc()
                code = 1
            sys.stderr.flush()
            os._exit(code)
        _, status = os.waitpid(pid, 0)
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        _say({"killed": killed, "good": status == 0})


def _say(answer: dict[str, bool]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
