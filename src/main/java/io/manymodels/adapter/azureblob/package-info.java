/**
 * A registry with its artifacts in a container of Azure Blob Storage, in the layout of a registry
 * folder: {@code <prefix>/<tenant>/<version>/metadata.json}, which makes a version visible, {@code
 * <prefix>/<tenant>/live} where set, and the bytes beside the metadata.
 *
 * <p>The bytes lie at {@code model-<sha256>.<format>}, so that publishers of different bytes never
 * write to the same blob and creating {@code metadata.json}, which only one of them can, is the
 * whole decision. What others have published at {@code model.<format>} is read as well.
 */
@NullMarked
package io.manymodels.adapter.azureblob;

import org.jspecify.annotations.NullMarked;
