package io.manymodels.access;

import io.manymodels.json.QuotaJson;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The callers file as it is written: docs/access.md says what each key means. */
record CallersDocument(@Nullable List<CallerEntry> callers, @Nullable List<IssuerEntry> issuers) {

  record CallerEntry(
      @Nullable String name,
      @Nullable String keySha256,
      @Nullable String issuer,
      @Nullable String subject,
      @Nullable List<String> roles,
      @Nullable List<String> tenants,
      @Nullable QuotaJson quota,
      @Nullable String expires) {}

  record IssuerEntry(
      @Nullable String name,
      @Nullable String issuer,
      @Nullable List<String> audiences,
      @Nullable String jwksFile,
      @Nullable String jwksUri,
      @Nullable String subjectClaim,
      @Nullable String rolesClaim,
      @Nullable String tenantsClaim,
      @Nullable String tenantsPrefix,
      @Nullable List<String> roles,
      @Nullable List<String> tenants,
      @Nullable QuotaJson quota) {}
}
