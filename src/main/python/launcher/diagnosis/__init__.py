"""`diagnose`: a zip file for a bug report."""
