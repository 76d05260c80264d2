/** The protocol of MLflow's scoring server: {@code POST /models/{model}/invocations}. */
@NullMarked
package io.manymodels.protocol.mlflow;

import org.jspecify.annotations.NullMarked;
