/// Argon2id, by password4j.
@NullMarked
package io.tollgate.control.account.argon2;

import org.jspecify.annotations.NullMarked;
