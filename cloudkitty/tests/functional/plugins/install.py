# SPDX-License-Identifier: Apache-2.0
"""Install the packages of the folder ``packages`` without pip.

That folder is not a package itself: test discovery must not import them.
"""

import pathlib
import shutil

HERE = pathlib.Path(__file__).parent / "packages"

ENTRY_POINTS = {
    "acme_collector": (
        "cloudkitty.collector.backends",
        "acme = acme_collector:AcmeCollector",
    ),
    "acme_fetcher": (
        "cloudkitty.fetchers",
        "acme = acme_fetcher:AcmeFetcher",
    ),
    "acme_rating": (
        "cloudkitty.rating.processors",
        "acme = acme_rating:AcmeRating",
    ),
    "acme_storage": (
        "cloudkitty.storage.v2.backends",
        "acme = acme_storage:AcmeStorage",
    ),
}


def install(folder: pathlib.Path, *packages: str) -> None:
    """Copy packages into a folder and declare their entry points."""
    for package in packages:
        shutil.copytree(
            HERE / package,
            folder / package,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        declare(folder, package, *ENTRY_POINTS[package])


def declare(
    folder: pathlib.Path, package: str, group: str, entry_point: str
) -> None:
    """Declare one entry point of a package."""
    info = folder / f"{package}-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {package}\nVersion: 1\n"
    )
    (info / "entry_points.txt").write_text(f"[{group}]\n{entry_point}\n")
