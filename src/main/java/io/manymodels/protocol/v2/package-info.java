/**
 * The Open Inference Protocol V2 without its carriers: requests and answers as typed tensors, their
 * JSON, and the binary tensor extension of Triton. Sources: kserve/open-inference-protocol,
 * specification/protocol/inference_rest.md; triton-inference-server/server,
 * docs/protocol/extension_binary_data.md.
 */
@NullMarked
package io.manymodels.protocol.v2;

import org.jspecify.annotations.NullMarked;
