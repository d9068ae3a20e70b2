/// Turning a web server's access log into usage events and sending them to a running server, so that every line counts
/// once
/// whatever is interrupted.
@NullMarked
package io.tollgate.server.replay;

import org.jspecify.annotations.NullMarked;
