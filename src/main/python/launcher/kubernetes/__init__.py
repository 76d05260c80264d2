"""Checks of the resources for Kubernetes: the RayService, its secrets, and the tools that tests judge them by."""
