package io.manymodels.e2e;

/** The answers are those of the other path. */
@OverDirectPort
class ContractDirectIT extends ContractIT {}
