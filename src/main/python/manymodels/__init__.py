"""Python side of Many Models Serving: it deploys the Java classes on Ray Serve and hands HTTP requests to them."""
