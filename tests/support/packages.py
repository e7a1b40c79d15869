"""Packages of other people's, as pip would have installed them into a folder."""

from pathlib import Path


def install(
    folder: Path,
    *,
    package: str = "mycity-scan",
    module: str,
    source: str,
    family: str = "mycity",
    names: str = "FORMAT",
    group: str = "scan_terminal.formats",
) -> Path:
    """Return `folder` with a package in it whose entry point `family` is `module:names`.

    Importing the module leaves the file `<module>.imported` behind.
    """
    folder.mkdir(parents=True, exist_ok=True)
    trace = f"open({str(folder / (module + '.imported'))!r}, 'w').close()\n"
    (folder / f"{module}.py").write_text(source + "\n" + trace, encoding="utf-8")
    about = folder / f"{package.replace('-', '_')}-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[{group}]\n{family} = {module}:{names}\n")
    return folder
