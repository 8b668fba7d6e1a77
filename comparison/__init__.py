"""The harness: jobs go down paths, what became of them is observed and compared with facts."""
