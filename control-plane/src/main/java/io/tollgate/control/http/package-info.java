/// What the routes of this module share: reading a body strictly, writing JSON, the principal of a request.
@NullMarked
package io.tollgate.control.http;

import org.jspecify.annotations.NullMarked;
