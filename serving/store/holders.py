"""Who holds a lease: this host, this process, since when; and whether such a process still lives."""

from __future__ import annotations

import os
import socket
import uuid

import psutil

_PARTS = 4


def this_process() -> str:
    """``host|pid|started|nonce``: names one attempt of one process."""
    started = psutil.Process().create_time()
    return f"{socket.gethostname()}|{os.getpid()}|{started:.0f}|{uuid.uuid4().hex[:12]}"


def is_dead(holder: str) -> bool:
    """True only where it is certain: a process of this host that is gone, or another with its number."""
    parts = holder.split("|")
    if len(parts) != _PARTS or parts[0] != socket.gethostname():
        return False
    try:
        return bool(abs(psutil.Process(int(parts[1])).create_time() - float(parts[2])) > 1)
    except psutil.NoSuchProcess:
        return True
    except (psutil.Error, ValueError):
        return False
