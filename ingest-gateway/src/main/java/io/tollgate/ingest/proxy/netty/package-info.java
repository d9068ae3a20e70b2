/// Targets reached by Netty's client.
@NullMarked
package io.tollgate.ingest.proxy.netty;

import org.jspecify.annotations.NullMarked;
