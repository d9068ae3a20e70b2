/// Secrets at rest: what the product must be able to read again, such as a provider's key, is stored sealed only.
@NullMarked
package io.tollgate.contract.secret;

import org.jspecify.annotations.NullMarked;
