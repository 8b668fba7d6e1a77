"""The report: everything that is made of `results.json`, and of nothing else."""
