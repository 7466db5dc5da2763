# SPDX-License-Identifier: Apache-2.0
"""The servers behind the browser: the cloud, and Horizon with the panel."""

import hashlib
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time
import typing
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).parent
DASHBOARD = HERE.parents[1]
TOP = DASHBOARD.parent
#: Seconds that a start may take on a busy host.
PATIENCE = 300


class Cloud:
    """``cloud.py`` as a child process.

    :param log: file for its messages.
    :ivar facts: what it printed when it was ready.
    """

    def __init__(self, log: pathlib.Path) -> None:
        python = os.environ["CLOUDKITTY_PYTHON"]
        environment = {
            **os.environ,
            "PYTHONPATH": str(TOP),
            "PATH": f"{pathlib.Path(python).parent}:{os.environ['PATH']}",
        }
        self._log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [python, HERE / "cloud.py"],
                env=environment,
                cwd=TOP,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                text=True,
                # Ctrl-C is for the parent, which ends it.
                start_new_session=True,
            )
        self.facts = self._read()

    def _read(self) -> dict[str, typing.Any]:
        line = self._process.stdout.readline()
        if not line:
            text = self._log.read_text(errors="replace")
            raise RuntimeError(f"the cloud has ended:\n{text[-4000:]}")
        return json.loads(line)

    def do(self, name: str, **arguments) -> typing.Any:
        """Have the cloud do something, for instance ``break_source``."""
        order = {"do": name, "arguments": arguments}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return self._read()["result"]

    def stop(self) -> None:
        """End it and all its services."""
        self._process.stdin.close()
        self._process.wait(PATIENCE)
        self._process.stdout.close()


class Horizon:
    """Horizon under gunicorn, with the panel as an installed package.

    :param folder: for this run.
    :param cache: where static files are kept between runs.
    :param keystone: URL.
    :param stock: whether the panels of cloudkitty-dashboard are enabled too.
    """

    def __init__(
        self,
        folder: pathlib.Path,
        cache: pathlib.Path,
        keystone: str,
        *,
        stock: bool = False,
    ) -> None:
        self._folder = folder
        self._static = folder / "static"
        self.log = folder / "horizon.log"
        site = folder / "site"
        self._run(
            *("-m", "pip", "install", "--quiet", "--no-deps"),
            *("--no-build-isolation", "--disable-pip-version-check"),
            *("--target", site, self._copy_of_source()),
        )
        self._environment = {
            **os.environ,
            "PYTHONPATH": f"{site}:{HERE / 'horizon'}",
            "DJANGO_SETTINGS_MODULE": "openstack_dashboard.settings",
            "TEST_KEYSTONE": keystone,
            "TEST_STATIC": str(self._static),
            "TEST_STOCK": "1" if stock else "",
        }
        self._make_static(cache / ("static-stock" if stock else "static"))
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._start()

    def _copy_of_source(self) -> pathlib.Path:
        # Setuptools writes into the folder that it builds.
        source = self._folder / "source"
        ignored = shutil.ignore_patterns("build", "*.egg-info", "tests")
        shutil.copytree(DASHBOARD, source, ignore=ignored)
        return source

    def _make_static(self, kept: pathlib.Path) -> None:
        """Copy Horizon's static files, and collect those of the panel.

        Collecting and compressing Horizon's own takes some seconds; they are
        the same in each run.
        """
        kept /= self._digest()
        if not (kept / "done").exists():
            shutil.rmtree(kept, ignore_errors=True)
            self._django("collectstatic", "--noinput")
            self._django("compress", "--force")
            shutil.copytree(self._static, kept)
            (kept / "done").touch()
            return
        shutil.copytree(kept, self._static)
        shutil.rmtree(self._static / "reprocess", ignore_errors=True)
        self._django("collectstatic", "--noinput")

    def _digest(self) -> str:
        """Return a digest of what the panel adds to Horizon's own files."""
        package = DASHBOARD / "cloudkitty_reprocess_dashboard"
        files = [*package.glob("enabled/*.py"), *package.glob("**/banner.js")]
        texts = b"".join(file.read_bytes() for file in sorted(files))
        return hashlib.sha256(texts).hexdigest()[:16]

    def _django(self, *arguments: str) -> None:
        self._run("-m", "django", *arguments)

    def _run(self, *arguments) -> None:
        with self.log.open("ab") as output:
            status = subprocess.run(
                [sys.executable, *arguments],
                env=getattr(self, "_environment", None),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                timeout=PATIENCE,
                check=False,
            ).returncode
        if status:
            text = self.log.read_text(errors="replace")
            raise RuntimeError(f"{arguments[:4]}:\n{text[-3000:]}")

    def _start(self) -> None:
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "gunicorn"),
                    *("-b", f"127.0.0.1:{self.port}", "-k", "gthread"),
                    *("-w", "1", "--threads", "4", "horizon_wsgi"),
                ],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self._process.poll() is None:
            if _answers(f"{self.url}/auth/login/"):
                return
            time.sleep(0.2)
        text = self.log.read_text(errors="replace")
        raise RuntimeError(f"Horizon does not answer:\n{text[-3000:]}")

    @property
    def pid(self) -> int:
        return self._process.pid

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(30)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE):
            return True
    except urllib.error.HTTPError as error:
        text = error.read()[:300]
        raise RuntimeError(f"{url}: {error} {text!r}") from error
    except OSError:
        return False


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
