/// The command line: starting the server, filling it with usage from a log file, showing it at work, and checking what
/// it
/// signed.
@NullMarked
package io.tollgate.server.cli;

import org.jspecify.annotations.NullMarked;
