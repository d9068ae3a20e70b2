/// API keys. The text of a key exists once, in the answer to its creation; everything kept or sent on knows the key by
/// its SHA-256.
@NullMarked
package io.tollgate.control.key;

import org.jspecify.annotations.NullMarked;
