"""Examinations of the asynchronous configuration and its triggers."""

from collections.abc import Mapping

from comparison.examinations.examination import Examination

ASYNCHRONOUS_EXAMINATIONS: Mapping[str, Examination] = {}
