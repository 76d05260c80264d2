/**
 * TLS by files in PEM: who this process is, and whom it trusts. {@code TransportTls} uses it
 * between replicas, {@link io.manymodels.tls.ServerTls} on the ports for clients.
 */
@NullMarked
package io.manymodels.tls;

import org.jspecify.annotations.NullMarked;
