/// Credentials as records of `definitions.credentials`.
@NullMarked
package io.tollgate.control.credential.kafka;

import org.jspecify.annotations.NullMarked;
