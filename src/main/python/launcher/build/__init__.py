"""What is built or installed before a cluster starts: JDK and Maven, the application jar, Ray's artifacts, servers."""
