/// Measurements of the running product, each beside what limits it: the same work done by the part underneath alone, on
/// the same machine in the same run. Loopback only, on data that is deleted afterwards.
@NullMarked
package io.tollgate.bench;

import org.jspecify.annotations.NullMarked;
