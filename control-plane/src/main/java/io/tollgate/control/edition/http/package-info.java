/// HTTP routes of editions.
@NullMarked
package io.tollgate.control.edition.http;

import org.jspecify.annotations.NullMarked;
