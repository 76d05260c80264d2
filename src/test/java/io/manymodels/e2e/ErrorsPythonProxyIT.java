package io.manymodels.e2e;

/** The errors are those of the other ways. */
@ThroughPythonProxy
class ErrorsPythonProxyIT extends ErrorsIT {}
