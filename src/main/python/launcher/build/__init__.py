"""Build and installation, before a cluster starts: JDK and Maven, the application jar, Ray's artifacts, servers."""
