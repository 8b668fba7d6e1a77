"""What a reader must know before believing a report."""

from comparison.report.model import Results


def notices(results: Results) -> list[str]:
    """Say in sentences what is missing from a run, or cut it short."""
    said = []
    if results.interruption:
        said.append(f"The run ended early: {results.interruption}")
    if not results.jobs:
        said.append("This run holds no jobs: there is nothing to draw.")
    if not results.facts:
        said.append("This run holds no facts: nothing was compared with what AWS documents.")
    with_jobs = {job.path for job in results.jobs}
    without = [path for path in results.paths if path not in with_jobs]
    if results.jobs and without:
        said.append(f"No job was sent down {', '.join(without)}.")
    return said
