"""Carries out the image's steps in a fresh folder, without an engine, and runs what came of them.

`python -m tests.image`: reads the Dockerfile, carries out each step under a folder that stands for the root,
then starts the program as user 8470, in a file system that is read-only but for /data and /tmp, asks it the
image's own health check, and sends a report through it. Needs root, for the user and the mounts.
"""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from tests.program import browsing, free_port

HERE: Final = Path(__file__).parents[1]
OURS: Final = re.compile(r"(?<![\w./-])/(build|opt|wheels|data)(?=[/\s:\"']|$)")
"""The places that the image's steps make or fill."""
ACCOUNTS: Final = re.compile(r"^(groupadd|useradd) ")


class Step(NamedTuple):
    """One instruction and what stands behind it, its lines joined."""

    what: str
    words: str


def steps(dockerfile: str) -> Iterator[Step]:
    """What the file says to do, comments left out."""
    lines = re.sub(r"(?m)^\s*#.*\n", "", dockerfile).replace("\\\n", " ")
    for line in filter(None, map(str.strip, lines.splitlines())):
        what, _, words = line.partition(" ")
        yield Step(what.upper(), re.sub(r"\s+", " ", words.strip()))


class Image:
    """The steps carried out, under a folder in place of the root."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.environ: dict[str, str] = {}
        self.health: list[str] = []
        self.command: list[str] = []
        self.user = ""
        self._folder = root

    def take(self, step: Step) -> None:
        """Do what this step says. ValueError for one that this knows nothing of."""
        known = {
            "FROM": self._from, "WORKDIR": self._workdir, "COPY": self._copy, "RUN": self._run,
            "ENV": self._env, "USER": self._set_user, "VOLUME": self._ignored, "EXPOSE": self._ignored,
            "HEALTHCHECK": self._healthcheck, "ENTRYPOINT": self._say, "CMD": self._say,
        }  # fmt: skip
        if step.what not in known:
            raise ValueError(f"a step that is not known here: {step.what}")
        known[step.what](step.words)

    def _from(self, _words: str) -> None:
        self._folder, self.environ = self.root, {}

    def _workdir(self, words: str) -> None:
        self._folder = Path(self._here(words))
        self._folder.mkdir(parents=True, exist_ok=True)

    def _copy(self, words: str) -> None:
        *sources, target = words.split()
        if sources[0].startswith("--from="):
            return  # every stage has the same root here
        into = self._folder / target
        for source in sources:
            found = HERE / source
            if found.is_dir():
                shutil.copytree(found, into, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                into.mkdir(parents=True, exist_ok=True)
                shutil.copy(found, into)

    def _run(self, words: str) -> None:
        said = (part for part in words.split(" && ") if not ACCOUNTS.match(part))
        # The cache changes nothing of what is installed, and saves a download.
        line = self._here(" && ".join(said)).replace(" --no-cache-dir", "")
        line = re.sub(r"(?<![\w/.-])python(?= -m venv)", sys.executable, line)
        subprocess.run(["sh", "-ec", line], cwd=self._folder, check=True)

    def _env(self, words: str) -> None:
        self.environ |= dict(word.split("=", 1) for word in words.split())

    def _set_user(self, words: str) -> None:
        self.user = words

    def _healthcheck(self, words: str) -> None:
        self.health = _listed(words.partition("CMD ")[2])

    def _say(self, words: str) -> None:
        self.command += _listed(words)

    def _ignored(self, _words: str) -> None:
        pass

    def _here(self, words: str) -> str:
        return OURS.sub(lambda found: f"{self.root}/{found[1]}", words)


def _listed(words: str) -> list[str]:
    found: list[str] = json.loads(words)
    return found


def built(root: Path) -> Image:
    image = Image(root)
    for step in steps((HERE / "Dockerfile").read_text()):
        image.take(step)
    return image


def confined(image: Image, command: list[str], environ: Mapping[str, str]) -> list[str]:
    """The command as the image's user, where nothing can be written but /data and /tmp."""
    user, group = image.user.split(":")
    python = Path(os.path.realpath(sys.executable)).parents[1]
    hidden = python.is_relative_to("/root")
    as_user = f"setpriv --reuid {user} --regid {group} --clear-groups --no-new-privs --bounding-set=-all"
    given = "env -i " + " ".join(f"'{name}={value}'" for name, value in environ.items()) + ' "$@"'
    script = [
        "mount --make-rprivate /",
        "mount -t tmpfs tmpfs /mnt && mkdir /mnt/root /mnt/python",
        f"mount --bind {image.root} /mnt/root && mount --bind {python} /mnt/python",
        # The interpreter of this machine, where its own folder lets nobody in.
        f"mount -t tmpfs -o mode=755 tmpfs /root && mkdir -p {python} && mount --bind /mnt/python {python}"
        if hidden
        else ":",
        f"mount -t tmpfs tmpfs /tmp && mkdir -p {image.root} && mount --bind /mnt/root {image.root}",
        f"mount --bind {image.root}/data {image.root}/data",
        "mount -o remount,bind,ro / && mount -o remount,bind,ro " + str(image.root),
        f"cd {image.root}/data",
        f"exec {as_user} {given}",
    ]
    return ["unshare", "--mount", "sh", "-ec", "\n".join(script), "sh", *command]


async def tried(image: Image) -> None:
    """Start it as it would start, and send a report through it."""
    port, desk_port = free_port(), free_port()
    environ = {
        name: image._here(value).replace("$PATH", "/usr/bin:/bin") for name, value in image.environ.items()
    }
    # Here there is no container around it: it listens on this machine alone.
    environ |= {
        "LIFEBELT_SERVER_HOST": "127.0.0.1", "LIFEBELT_SERVER_DESK_HOST": "127.0.0.1",
        "LIFEBELT_SERVER_PORT": f"{port}", "LIFEBELT_SERVER_DESK_PORT": f"{desk_port}",
    }  # fmt: skip
    program = subprocess.Popen(  # noqa: ASYNC220 - nothing else waits
        confined(image, [str(image.root / "opt/lifebelt/bin/lifebelt"), *image.command[1:]], environ)
    )
    try:
        asked = [word.replace("8471", f"{desk_port}") for word in image.health[1:]]
        for what in ("healthz", "readyz"):
            check = [
                str(image.root / "opt/lifebelt/bin/python"),
                *(word.replace("healthz", what) for word in asked),
            ]
            await _until_well(check, program)
        async with browsing(f"http://127.0.0.1:{port}") as browser:
            sent = await browser.send()
            assert sent.reference is not None, sent.words
    finally:
        program.terminate()
        assert program.wait(timeout=60) == 0


async def _until_well(check: list[str], program: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + 60
    while subprocess.run(check, check=False, stderr=subprocess.DEVNULL).returncode != 0:  # noqa: ASYNC221
        assert program.poll() is None, "it ended"
        assert time.monotonic() < ends, "it is not well"
        await asyncio.sleep(0.2)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="lifebelt-image-", dir="/var/tmp") as name:
        Path(name).chmod(0o755)
        image = built(Path(name))
        asyncio.run(tried(image))
        files = (file for file in (image.root / "opt/lifebelt").rglob("*") if file.is_file())
        size = sum(file.stat().st_size for file in files) / 1e6
        print(f"The image's steps work; it runs as {image.user} and writes to /data alone ({size:.0f} MB).")


if __name__ == "__main__":
    main()
