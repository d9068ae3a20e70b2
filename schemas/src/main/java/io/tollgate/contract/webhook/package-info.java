/// What organizations are told of by webhooks.
@NullMarked
package io.tollgate.contract.webhook;

import org.jspecify.annotations.NullMarked;
