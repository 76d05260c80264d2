/**
 * The description of all calls over HTTP, by OpenAPI 3.1, and the page that shows it. It is written
 * once, in {@code src/main/resources/openapi/openapi.yaml}.
 */
@NullMarked
package io.manymodels.protocol.openapi;

import org.jspecify.annotations.NullMarked;
