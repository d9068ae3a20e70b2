/// Proof that an invoice bills exactly the events it says: a Merkle tree over them, as RFC 6962 defines it. Pure, and
/// in
/// memory that grows with the logarithm of the events.
@NullMarked
package io.tollgate.billing.proof;

import org.jspecify.annotations.NullMarked;
