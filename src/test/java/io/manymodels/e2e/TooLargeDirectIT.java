package io.manymodels.e2e;

/** The limits are those of the other ways. */
@OverDirectPort
class TooLargeDirectIT extends TooLargeIT {}
