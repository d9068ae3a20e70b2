/// What is logged and in which form. Everything in the process logs through SLF4J to one backend.
@NullMarked
package io.tollgate.server.logging;

import org.jspecify.annotations.NullMarked;
