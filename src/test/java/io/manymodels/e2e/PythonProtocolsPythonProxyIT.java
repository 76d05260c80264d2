package io.manymodels.e2e;

/** The answers are those of the other ways. */
@ThroughPythonProxy
class PythonProtocolsPythonProxyIT extends PythonProtocolsIT {}
