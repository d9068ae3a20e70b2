/// What was tried until it was given up, and waits for the operator: one shelf per kind, each kept by the module whose
/// work it was.
@NullMarked
package io.tollgate.contract.deadletter;

import org.jspecify.annotations.NullMarked;
