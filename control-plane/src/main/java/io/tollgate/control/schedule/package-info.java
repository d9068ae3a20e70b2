/// Work that is done at set times, once for the whole installation.
@NullMarked
package io.tollgate.control.schedule;

import org.jspecify.annotations.NullMarked;
