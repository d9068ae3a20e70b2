/// The program: `main`.
@NullMarked
package io.tollgate.server;

import org.jspecify.annotations.NullMarked;
