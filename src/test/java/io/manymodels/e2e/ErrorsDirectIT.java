package io.manymodels.e2e;

/** The errors are those of the other path. */
@OverDirectPort
class ErrorsDirectIT extends ErrorsIT {}
