"""Examinations of the queues and their event source mappings."""

from collections.abc import Mapping

from comparison.examinations.examination import Examination

QUEUE_EXAMINATIONS: Mapping[str, Examination] = {}
