"""Poll-based path: SQS queues and their event source mappings."""

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks.configuration import QUEUES, PolledQueue
from stacks.naming import QueueName, queue_output
from stacks.queues import EncryptedQueue


class PollingStack(Stack):
    """Queues that Lambda polls for the function; where they differ stands in `configuration`."""

    def __init__(
        self, scope: Construct, construct_id: str, *, function_arn: str, role: iam.IRole
    ) -> None:
        super().__init__(scope, construct_id, description="The function behind queues")
        function = lambda_.Function.from_function_attributes(
            self, "Function", function_arn=function_arn, same_environment=True
        )
        # Lambda polls as the function: no permission on the function itself is involved (QS-60).
        policy = iam.Policy(self, "ConsumeQueues", roles=[role])
        for name, configuration in QUEUES.items():
            dead_letters = EncryptedQueue(
                self,
                f"DeadLetters-{name}",
                # A message keeps the age it had in the queue it came from.
                retention=Duration.hours(4),
                fifo=configuration.fifo,
            )
            queue = EncryptedQueue(
                self,
                f"Queue-{name}",
                retention=Duration.hours(1),
                visibility_timeout=Duration.seconds(configuration.visibility_timeout_seconds),
                dead_letter_queue=sqs.DeadLetterQueue(
                    queue=dead_letters, max_receive_count=configuration.max_receive_count
                ),
                fifo=configuration.fifo,
            )
            policy.add_statements(
                iam.PolicyStatement(
                    actions=["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
                    resources=[queue.queue_arn],
                )
            )
            mapping = self._map(name, configuration, queue, function)
            # Lambda refuses a mapping whose role cannot read the queue.
            mapping.node.add_dependency(policy)

            CfnOutput(self, queue_output(name, "QueueUrl"), value=queue.queue_url)
            CfnOutput(self, queue_output(name, "DeadLetterQueueUrl"), value=dead_letters.queue_url)
            CfnOutput(self, queue_output(name, "MappingId"), value=mapping.event_source_mapping_id)

    def _map(
        self,
        name: QueueName,
        configuration: PolledQueue,
        queue: EncryptedQueue,
        function: lambda_.IFunction,
    ) -> lambda_.EventSourceMapping:
        window = configuration.batching_window_seconds
        pattern = configuration.filter_body
        return lambda_.EventSourceMapping(
            self,
            f"Mapping-{name}",
            target=function,
            event_source_arn=queue.queue_arn,
            batch_size=configuration.batch_size,
            max_batching_window=None if window is None else Duration.seconds(window),
            report_batch_item_failures=configuration.report_batch_item_failures,
            max_concurrency=configuration.maximum_concurrency,
            filters=None if pattern is None else [lambda_.FilterCriteria.filter({"body": pattern})],
        )
