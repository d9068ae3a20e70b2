/// What a past period would have cost under other prices: questions, their answers, and the arithmetic between them.
/// Nothing that is billed changes.
@NullMarked
package io.tollgate.control.simulation;

import org.jspecify.annotations.NullMarked;
