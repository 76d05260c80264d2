package io.manymodels.e2e;

/** The answers are those of the other ways. */
@OverDirectPort
class PythonProtocolsDirectIT extends PythonProtocolsIT {}
