"""Examinations of API Gateway and the load balancer."""

from collections.abc import Mapping

from comparison.examinations.examination import Examination

FRONT_DOOR_EXAMINATIONS: Mapping[str, Examination] = {}
