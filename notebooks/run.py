"""Runs the notebooks of this folder in order; the first cell that fails ends the run."""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

for path in sorted(Path(__file__).parent.glob("*.ipynb")):
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}}).execute()
    print(f"notebooks: {path.name} ran")
if not list(Path(__file__).parent.glob("*.ipynb")):
    sys.exit("notebooks: none found")
