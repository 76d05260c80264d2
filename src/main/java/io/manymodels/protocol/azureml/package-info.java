/** The protocol of Azure ML's online endpoints: {@code POST /models/{model}/score}. */
@NullMarked
package io.manymodels.protocol.azureml;

import org.jspecify.annotations.NullMarked;
