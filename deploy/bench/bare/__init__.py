"""The limit: the same workload on the same engines without any code of ours, in a process of its own."""
