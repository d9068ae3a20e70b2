/// Corrections of counted events: which event a request means, what became of it, and the record that takes it out. Of
/// what is stored only ports are known here.
@NullMarked
package io.tollgate.ingest.correction;

import org.jspecify.annotations.NullMarked;
