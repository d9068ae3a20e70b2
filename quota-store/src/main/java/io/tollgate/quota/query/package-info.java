/// Reading the counters of a subject, wherever its partition is: here by a method call, elsewhere by asking the owner.
/// Answers include every write that the caller was told of, or say that they do not.
@NullMarked
package io.tollgate.quota.query;

import org.jspecify.annotations.NullMarked;
