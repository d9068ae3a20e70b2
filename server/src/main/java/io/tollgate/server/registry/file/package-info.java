/// The registry's facts in a file: appended, forced to disk, and read back in order.
@NullMarked
package io.tollgate.server.registry.file;

import org.jspecify.annotations.NullMarked;
