package io.manymodels.e2e;

/** The answers are those of the other ways. */
@OverDirectPort
class V2DirectIT extends V2IT {}
