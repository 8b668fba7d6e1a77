"""Examinations: questions to the AWS API about what is deployed, asked while jobs are under way."""

from collections.abc import Mapping

from comparison.examinations.asynchronous import ASYNCHRONOUS_EXAMINATIONS
from comparison.examinations.examination import (
    Examination,
    Inspection,
    answered,
    examine,
)
from comparison.examinations.front_doors import FRONT_DOOR_EXAMINATIONS
from comparison.examinations.permissions import PERMISSION_EXAMINATIONS
from comparison.examinations.queues import QUEUE_EXAMINATIONS

EXAMINATIONS: Mapping[str, Examination] = {
    **PERMISSION_EXAMINATIONS,
    **FRONT_DOOR_EXAMINATIONS,
    **ASYNCHRONOUS_EXAMINATIONS,
    **QUEUE_EXAMINATIONS,
}
"""Every examination by its name; none may change anything that a path uses."""

__all__ = ["EXAMINATIONS", "Examination", "Inspection", "answered", "examine"]
