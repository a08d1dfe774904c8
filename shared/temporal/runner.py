"""The SDK's workflow sandbox, without its work for context-aware converters, which we do not use."""

from temporalio.converter import StorageDriverStoreContext
from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner


class Sandboxed(SandboxedWorkflowRunner):
    """The SDK's sandbox, without the lookup of the command that a payload belongs to.

    The SDK looks that up as often as six times per payload, for codecs that seal by context and for external payload
    stores. We have one codec for all payloads and no store, and the lookups were a third of this process's work.
    """

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        instance = super().create_instance(det)
        instance.get_serialization_context = lambda command_info: None
        instance.get_external_store_context = lambda command_info: StorageDriverStoreContext()
        return instance
