"""Examinations of who may invoke the function, and what its role may do."""

from collections.abc import Mapping

from comparison.examinations.examination import Examination

PERMISSION_EXAMINATIONS: Mapping[str, Examination] = {}
