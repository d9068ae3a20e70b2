/// Who is signed in: sessions, which are looked up, and access tokens, which are not. Tokens are stored as their
/// hashes.
@NullMarked
package io.tollgate.control.session;

import org.jspecify.annotations.NullMarked;
