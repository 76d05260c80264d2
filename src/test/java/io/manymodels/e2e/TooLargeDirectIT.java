package io.manymodels.e2e;

/** The limits are those of the other path. */
@OverDirectPort
class TooLargeDirectIT extends TooLargeIT {}
