package io.manymodels.e2e;

/** The headers are those of the other ways. */
@OverDirectPort
class RequestHeadersDirectIT extends RequestHeadersIT {}
