package io.manymodels.e2e;

/** The limits are those of the other ways. */
@ThroughPythonProxy
class TooLargePythonProxyIT extends TooLargeIT {}
