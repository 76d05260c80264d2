package io.manymodels.cli.tools;

import io.manymodels.cli.console.WholeNumber;

/** A number of tenants whose names fit into memory. */
final class TenantCount extends WholeNumber {
  TenantCount() {
    super(1, 1_000_000);
  }
}
