/// The composition root: what an instance is made of, by its roles, and the order in which it starts and stops. Nothing
/// is
/// decided here that a module could decide.
@NullMarked
package io.tollgate.server.runtime;

import org.jspecify.annotations.NullMarked;
