"""Ray on this machine: instances, their processes, ports and environment, and Serve's REST interface."""
