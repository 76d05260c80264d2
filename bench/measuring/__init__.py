"""What the bench measures and how."""
