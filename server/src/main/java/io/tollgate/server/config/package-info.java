/// What the operator may set, read once at start. [io.tollgate.server.config.Setting] is the one table of names,
/// defaults and bounds: the parser, the error messages and `docs/configuration.md` are all made from it.
///
/// Promises: a [io.tollgate.server.config.Settings] that exists is complete and within bounds; every problem of a
/// start is reported together, each with what to change; no secret is printed.
@NullMarked
package io.tollgate.server.config;

import org.jspecify.annotations.NullMarked;
