/// Definitions as this process knows them: the compacted definition topics, held in memory. A look-up never leaves the
/// process.
@NullMarked
package io.tollgate.quota.definition;

import org.jspecify.annotations.NullMarked;
