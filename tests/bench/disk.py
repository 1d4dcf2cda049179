"""A disk that takes longer: a library put before the system's own, which sleeps after every sync."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

SLOW_SYNC = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

static int late(int done) { usleep(1000 * atoi(getenv("SLOW_MS"))); return done; }
int fsync(int fd) { return late(((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(fd)); }
int fdatasync(int fd) { return late(((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(fd)); }
"""


def slowed(folder: Path, milliseconds: int) -> Mapping[str, str]:
    """The environment in which every sync takes so much longer. Needs a C compiler."""
    if not milliseconds:
        return os.environ
    source, library = folder / "slow.c", folder / "slow.so"
    source.write_text(SLOW_SYNC)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"], check=True)
    folder.chmod(0o755)  # a server that runs as another user reads it too
    return os.environ | {"LD_PRELOAD": str(library), "SLOW_MS": str(milliseconds)}
