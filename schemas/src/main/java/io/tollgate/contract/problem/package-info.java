/// The one catalogue of errors and the one way to raise them at an HTTP edge. Wire form: `error`, `message`, `code`,
/// `details`.
@NullMarked
package io.tollgate.contract.problem;

import org.jspecify.annotations.NullMarked;
