package io.manymodels.e2e;

/** The headers are those of the other path. */
@OverDirectPort
class RequestHeadersDirectIT extends RequestHeadersIT {}
