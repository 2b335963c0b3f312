"""The workload's host name: where it comes from, and how it is made to resolve."""
