/// Integration credentials: secrets of other systems that an organization has entrusted to this one. They are stored
/// sealed, and leave only through what uses them.
@NullMarked
package io.tollgate.control.credential;

import org.jspecify.annotations.NullMarked;
