/// The running product, seen from outside: processes, HTTP, topics and tables.
@NullMarked
package io.tollgate.systemtest;

import org.jspecify.annotations.NullMarked;
