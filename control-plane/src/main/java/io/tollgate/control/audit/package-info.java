/// The audit trail: who changed what, written in the transaction of the change, so that neither is without the other.
@NullMarked
package io.tollgate.control.audit;

import org.jspecify.annotations.NullMarked;
