/// API keys in PostgreSQL. Names and the number of active keys are exact under concurrency: changes of one
/// organization's keys take turns.
@NullMarked
package io.tollgate.control.key.postgres;

import org.jspecify.annotations.NullMarked;
