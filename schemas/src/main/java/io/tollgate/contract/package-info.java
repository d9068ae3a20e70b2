/// The published language: the values and names that modules use to speak to each other. Values are immutable and valid
/// once they exist; nothing here decides, reads a clock or does I/O.
@NullMarked
package io.tollgate.contract;

import org.jspecify.annotations.NullMarked;
