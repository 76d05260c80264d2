/**
 * KServe's protocol V1, which TensorFlow Serving began: {@code POST /v1/models/{model}:predict}.
 */
@NullMarked
package io.manymodels.protocol.v1;

import org.jspecify.annotations.NullMarked;
