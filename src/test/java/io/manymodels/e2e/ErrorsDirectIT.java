package io.manymodels.e2e;

/** The errors are those of the other ways. */
@OverDirectPort
class ErrorsDirectIT extends ErrorsIT {}
