/** What the JVM logs: by {@code java.util.logging}, where System.Logger and the SDKs' slf4j end. */
@NullMarked
package io.manymodels.logging;

import org.jspecify.annotations.NullMarked;
