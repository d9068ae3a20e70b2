/// Routes of the audit trail, and who acts in a request.
@NullMarked
package io.tollgate.control.audit.http;

import org.jspecify.annotations.NullMarked;
