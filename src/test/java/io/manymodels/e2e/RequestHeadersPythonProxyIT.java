package io.manymodels.e2e;

/** The headers are those of the other ways. */
@ThroughPythonProxy
class RequestHeadersPythonProxyIT extends RequestHeadersIT {}
