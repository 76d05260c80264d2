"""What is applied to Kubernetes: the check of a RayService, its secrets, and the tools that tests judge it by."""
