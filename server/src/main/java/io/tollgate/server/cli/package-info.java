/// The command line: starting the server, filling it with usage from a log file, and showing it at work.
@NullMarked
package io.tollgate.server.cli;

import org.jspecify.annotations.NullMarked;
