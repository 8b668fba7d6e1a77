"""The AWS clients that deploying needs beyond those of the comparison."""

from typing import TYPE_CHECKING, cast

from comparison.clients import Clients

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_resourcegroupstaggingapi import ResourceGroupsTaggingAPIClient
    from mypy_boto3_service_quotas import ServiceQuotasClient


class DeploymentClients(Clients):
    """Clients of one target that look at an account, never at a path."""

    @property
    def ec2(self) -> "EC2Client":
        """EC2, to count zones and VPCs."""
        return cast("EC2Client", self._client("ec2", observing=True))

    @property
    def quotas(self) -> "ServiceQuotasClient":
        """Service Quotas, to read what an account may have."""
        return cast("ServiceQuotasClient", self._client("service-quotas", observing=True))

    @property
    def tagging(self) -> "ResourceGroupsTaggingAPIClient":
        """Resource Groups Tagging API, to find what a stage has left behind."""
        client = self._client("resourcegroupstaggingapi", observing=True)
        return cast("ResourceGroupsTaggingAPIClient", client)
