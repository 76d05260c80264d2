/**
 * Ports on a directory. A registry with its artifacts: {@code <root>/<tenant>/<version>/} with
 * {@code model.<format>} and {@code metadata.json}, and where set {@code <root>/<tenant>/live}.
 */
@NullMarked
package io.manymodels.adapter.file;

import org.jspecify.annotations.NullMarked;
